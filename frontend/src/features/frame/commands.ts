/** The entries of the command box: machines, lines, pages, problems, and actions. This module decides; the box acts. */

import type { Plant } from "../../contract/plant.ts";
import type { Route } from "../../router.ts";
import { LANGUAGES, t } from "../../texts/catalogue.ts";
import { OFFERED } from "../../texts/language.ts";

export type Act =
  | { readonly kind: "go"; readonly route: Route; readonly params?: Readonly<Record<string, string>> }
  /** One target, shown in the preview like a workbook with one row; the box itself sends nothing. */
  | { readonly kind: "set"; readonly machine: string; readonly text: string; readonly name: string }
  /** The template of a line; if it is empty, of everything that the person may change. */
  | { readonly kind: "template"; readonly line: string }
  | { readonly kind: "theme"; readonly theme: string }
  | { readonly kind: "language"; readonly language: keyof typeof LANGUAGES };

export interface Command {
  readonly key: string;
  readonly label: string;
  /** The key of a machine, whose status the box shows live. */
  readonly machine?: string;
  readonly about: string;
  readonly act: Act;
}

export const MOST_MACHINES = 8;

interface Found {
  readonly commands: readonly Command[];
  /** Machines that match and are not listed. */
  readonly more: number;
}

export function commandsFor(text: string, plant: Plant, isAdmin: boolean): Found {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return { commands: pages(isAdmin), more: 0 };
  const set = setCommands(wanted, plant);
  const machines = machinesOf(wanted, plant);
  const rest = [...lines(plant), ...pages(isAdmin), ...actions(plant)].filter(
    ({ label, about }) => label.toLowerCase().includes(wanted) || about.toLowerCase().startsWith(wanted),
  );
  const listed = machines.slice(0, MOST_MACHINES);
  return {
    commands: [...set, ...listed, ...rest.slice(0, MOST_MACHINES), ...batchesOf(text.trim())],
    more: machines.length - listed.length,
  };
}

/** A machine with exactly that number comes first. */
function machinesOf(wanted: string, plant: Plant): Command[] {
  const isExact = (id: string) => id.toLowerCase() === wanted || numberOf(id) === wanted;
  return [...plant.machines.values()]
    .filter(({ id, name }) => id.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted))
    .sort((a, b) => Number(isExact(b.id)) - Number(isExact(a.id)))
    .map(({ key, id, name, line }) => ({
      key: `machine ${key}`,
      label: id,
      machine: key,
      about: name || t("frame-in-line", { line }),
      act: { kind: "go", route: { view: "machine", machine: key } },
    }));
}

function numberOf(id: string): string {
  return id.slice(id.indexOf(":") + 1).toLowerCase();
}

/** In every language, because a person may type another one than that of the page. */
const SET = [/^(?:set|setze)\s+(\S+)\s+(?:(?:to|auf)\s+)?(\S.*)$/, /^(\S+)\s+auf\s+(\S.*?)(?:\s+setzen)?$/];
const WITHOUT_VALUE = ["to", "auf", "setzen"];

/** `set 401 to 1200`, `set m:401 1200`, `401 auf 1200 setzen`. */
function setCommands(wanted: string, plant: Plant): Command[] {
  const field = plant.tileFields.setPoint;
  const [, id = "", text = ""] = SET.map((form) => form.exec(wanted)).find((found) => found) ?? [];
  if (!field || !text || WITHOUT_VALUE.includes(text)) return [];
  return [...plant.machines.values()]
    .filter((machine) => machine.mayChange && [machine.id.toLowerCase(), numberOf(machine.id)].includes(id))
    .map(({ key, id: machine }) => {
      const label = t("box-set", { machine, text });
      return {
        key: `set ${key}`,
        label,
        about: t("box-set-about", { field: field.label || field.name }),
        act: { kind: "set", machine, text, name: label },
      };
    });
}

function lines(plant: Plant): Command[] {
  return plant.lines.map(({ id, name }) => ({
    key: `line ${id}`,
    label: t("frame-line", { line: id }),
    about: name === `Line ${id}` ? "" : name,
    act: { kind: "go", route: { view: "line", line: id } },
  }));
}

const ADMIN_PAGES = [
  ["people", "frame-people", "box-people-about"],
  ["limits", "frame-limits", "box-limits-about"],
  ["security", "frame-security", "box-security-about"],
  ["deliveries", "frame-deliveries", "box-deliveries-about"],
  ["plant-file", "frame-plant-file", "box-plant-file-about"],
] as const;

function pages(isAdmin: boolean): Command[] {
  const page = (
    label: string,
    about: string,
    route: Route,
    params: Record<string, string> = {},
  ): Command => ({
    key: `page ${label}`,
    label,
    about,
    act: { kind: "go", route, params },
  });
  return [
    page(t("box-plant"), t("box-plant-about"), { view: "plant" }),
    page(t("box-faults"), t("box-faults-about"), { view: "plant" }, { filter: "critical" }),
    page(t("box-not-running"), t("box-not-running-about"), { view: "plant" }, { filter: "not-running" }),
    page(t("box-not-live"), t("box-not-live-about"), { view: "plant" }, { filter: "doubtful" }),
    page(t("frame-batches"), t("box-batches-about"), { view: "batches" }),
    page(t("frame-events"), t("box-events-about"), { view: "events" }),
    page(t("frame-alarms"), t("box-alarms-about"), { view: "alarms" }),
    page(t("frame-shifts"), t("box-shifts-about"), { view: "shifts" }),
    page(t("frame-upload"), t("box-upload-about"), { view: "upload" }),
    page(t("box-account"), t("box-account-about"), { view: "account" }),
    ...(isAdmin ? ADMIN_PAGES.map(([view, text, about]) => page(t(text), t(about), { view })) : []),
  ];
}

function actions(plant: Plant): Command[] {
  const template = (line: string): Command => ({
    key: `template ${line}`,
    label: line ? t("box-template", { line }) : t("box-template-all"),
    about: t("box-template-about"),
    act: { kind: "template", line },
  });
  const theme = (label: string, name: string): Command => ({
    key: `theme ${name}`,
    label,
    about: t("box-theme-about"),
    act: { kind: "theme", theme: name },
  });
  return [
    template(""),
    ...plant.lines.map(({ id }) => template(id)),
    theme(t("box-theme-light"), "light"),
    theme(t("box-theme-dark"), "dark"),
    theme(t("box-theme-system"), ""),
    ...OFFERED.map(
      (language): Command => ({
        key: `language ${language}`,
        label: t("box-language", { language: LANGUAGES[language].name }),
        about: t("frame-language"),
        act: { kind: "language", language },
      }),
    ),
  ];
}

/** A word may be the name of a person: opens their changes. */
function batchesOf(text: string): Command[] {
  if (!/^\p{L}[\p{L}\d._-]*$/u.test(text)) return [];
  const act: Act = { kind: "go", route: { view: "batches" }, params: { person: text } };
  return [
    {
      key: "batches of",
      label: t("box-batches-by", { person: text }),
      about: t("box-batches-by-about"),
      act,
    },
  ];
}
