/** Durations, shares and names in a shift's report. */
import { unbroken } from "../../format/times.ts";
import { localeNow, t } from "../../texts/catalogue.ts";
import type { Loss, NotKnown, Oee, Reason } from "./shifts.ts";

/** `7 h 5 min`, `2 min 30 s`, `12 s`, on one line. */
export function durationWords(seconds: number): string {
  return unbroken(durationText(seconds));
}

function durationText(seconds: number): string {
  const whole = Math.round(Math.max(0, seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return t("shifts-hours", { hours, minutes });
  if (minutes > 0) return t("shifts-minutes", { minutes, seconds: whole % 60 });
  return t("shifts-seconds", { seconds: whole });
}

/** `88.8 %`. */
export function shareWords(value: number | null): string {
  if (value === null) return t("shifts-not-known");
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return `${(value * 100).toLocaleString(localeNow(), digits)} %`;
}

/** Why a share is not known; empty if it is. */
export function whyWords(why: NotKnown | null): string {
  if (why === null) return "";
  const machines = why.machines.map((machine) => machine.replace("_", ":")).join(", ");
  return t(`shifts-why-${why.code}`, { machines, more: why.more });
}

/** The reason for the lost time. */
export function lossName({ kind, reason, name }: Loss): string {
  if (kind !== "reason") return t(`shifts-${kind}`);
  return name || t("shifts-reason-removed", { reason: reason ?? "" });
}

/** The argument of a text: a number, or that it is not known. */
export function countOf(value: number | null): string | number {
  return value === null ? t("shifts-not-known") : Math.round(value);
}

const STATES = ["production", "setup", "unplanned-down", "planned-down", "standby", "unknown"];

/** The time by state, without the states that did not occur. */
export function stateTimes(oee: Oee): string {
  return STATES.filter((state) => (oee.seconds[state] ?? 0) > 0)
    .map((state) => t(`shifts-state-${state}`, { time: durationWords(oee.seconds[state] ?? 0) }))
    .join(" · ");
}

/** `Technical / Motor`; a reason that the plant file no longer has is shown by its id. */
export function reasonPath(id: string, reasons: readonly Reason[]): string {
  const names: string[] = [];
  let at = reasons.find((each) => each.id === id);
  while (at && names.length < 5) {
    names.unshift(at.name);
    const { within } = at;
    at = reasons.find((each) => each.id === within);
  }
  return names.join(" / ") || id;
}

interface ReasonGroup {
  readonly name: string;
  readonly reasons: readonly Reason[];
}

/** The reasons that can be assigned, under the names of their parents. */
export function reasonGroups(reasons: readonly Reason[]): ReasonGroup[] {
  const groups = new Map<string, Reason[]>();
  for (const each of reasons.filter(({ isLeaf }) => isLeaf)) {
    const name = each.within === null ? "" : reasonPath(each.within, reasons);
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  return [...groups].map(([name, found]) => ({ name, reasons: found }));
}
