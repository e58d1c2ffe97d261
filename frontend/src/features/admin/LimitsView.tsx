/** How much an account may do and store: the default for everybody, and the limits of single accounts. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "../../api.ts";
import { problemOf } from "../../queries.ts";
import { setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { fetchPeople } from "../people/people.ts";
import { AdminPage } from "./AdminPage.tsx";
import { EVERYBODY, fetchLimits, type Limits, resetLimits, setLimits } from "./admin.ts";

const MEGABYTE = 1024 * 1024;
const FIELDS: readonly (readonly [name: keyof Limits, unit: number, most: number])[] = [
  ["targetsAtOnce", 1, 100_000_000],
  ["targetsAnHour", 1, 100_000_000],
  ["keptFiles", 1, 100_000_000],
  ["keptBytes", MEGABYTE, 2 ** 30],
  ["readsAtOnce", 1, 100],
];

export function LimitsView() {
  return (
    <AdminPage title={t("frame-limits")}>
      <Chosen />
    </AdminPage>
  );
}

function Chosen() {
  const people = useQuery({ queryKey: ["people"], queryFn: fetchPeople });
  const name = useParam("person") || EVERYBODY;
  const limits = useLimits(name);
  const problem = problemOf(people) ?? problemOf(limits);
  return (
    <>
      <p className="quiet">{t("limits-about")}</p>
      <p>
        <label className="inline">
          <span>{t("limits-of")}</span>
          <select
            value={name}
            onChange={(event) =>
              setParam("person", event.target.value === EVERYBODY ? "" : event.target.value)
            }
          >
            <option value={EVERYBODY}>{t("limits-the-default")}</option>
            {people.data?.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
          </select>
        </label>
      </p>
      {problem && <p role="alert">{problem}</p>}
      {limits.data ? (
        <LimitsForm key={`${name} ${JSON.stringify(limits.data)}`} name={name} limits={limits.data} />
      ) : (
        !problem && <p role="status">{t("limits-loading")}</p>
      )}
    </>
  );
}

function useLimits(name: string) {
  return useQuery({ queryKey: ["limits", name], queryFn: ({ signal }) => fetchLimits(name, signal) });
}

function LimitsForm({ name, limits }: { name: string; limits: Limits }) {
  const client = useQueryClient();
  const defaults = useLimits(EVERYBODY).data;
  const [texts, setTexts] = useState(() => textsOf(limits));
  const [problem, setProblem] = useState<string | null>(null);
  const isDefault = name === EVERYBODY;
  const act = (work: Promise<Limits>) => {
    setProblem(null);
    work.then(
      () => client.invalidateQueries({ queryKey: ["limits"] }),
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act(setLimits(name, limitsOf(texts, limits)));
  };
  return (
    <form className="limit-fields" onSubmit={submit}>
      {FIELDS.map(([field, unit, most]) => (
        <label key={field}>
          <span>
            {t(`limits-${field}`)}
            {!isDefault && defaults && defaults[field] !== limits[field] && (
              <span className="quiet"> {t("limits-default", { value: shown(defaults[field], unit) })}</span>
            )}
          </span>
          <input
            type="number"
            required
            min={field === "readsAtOnce" ? 1 : 0}
            max={most}
            step={1}
            value={texts[field]}
            onChange={(event) => setTexts({ ...texts, [field]: event.target.value })}
          />
        </label>
      ))}
      <p className="buttons">
        <button type="submit" className="primary" disabled={isSame(texts, textsOf(limits))}>
          {t("limits-set")}
        </button>
        <button type="button" onClick={() => act(resetLimits(name))}>
          {t(isDefault ? "limits-reset-default" : "limits-reset")}
        </button>
      </p>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}

type Texts = Readonly<Record<keyof Limits, string>>;

/** Whole megabytes: the remaining bytes are kept until somebody changes the number. */
const shown = (value: number, unit: number): string => String(Math.round(value / unit));

function textsOf(limits: Limits): Texts {
  return Object.fromEntries(FIELDS.map(([field, unit]) => [field, shown(limits[field], unit)])) as Texts;
}

function limitsOf(texts: Texts, before: Limits): Limits {
  const was = textsOf(before);
  return Object.fromEntries(
    FIELDS.map(([field, unit]) => [
      field,
      texts[field] === was[field] ? before[field] : Number(texts[field]) * unit,
    ]),
  ) as Limits;
}

function isSame(one: Texts, other: Texts): boolean {
  return FIELDS.every(([field]) => one[field] === other[field]);
}
