/** The filters of a list that is read page by page: their values are in the address. */
import type { ReactNode } from "react";
import { setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { Folded } from "../../ui/Folded.tsx";
import { HOURS } from "./hours.ts";

interface FiltersProps {
  /** Whether the list is narrowed by one of them. */
  isSet: boolean;
  children: ReactNode;
}

export function Filters({ isSet, children }: FiltersProps) {
  return (
    <Folded label={t("batches-filters")} isSet={isSet}>
      <div className="filters">{children}</div>
    </Folded>
  );
}

export function PersonFilter() {
  return <TextFilter name="person" label={t("batches-person")} />;
}

interface TextFilterProps {
  name: string;
  label: string;
  /** The id of a datalist. */
  list?: string;
}

export function TextFilter({ name, label, list }: TextFilterProps) {
  const value = useParam(name);
  return (
    <label className="inline">
      <span>{label}</span>
      <input
        list={list}
        value={value}
        placeholder={t("batches-any")}
        onChange={(event) => setParam(name, event.target.value)}
      />
    </label>
  );
}

export function WhenFilter() {
  return <ChoiceFilter name="hours" label={t("batches-when")} options={HOURS} />;
}

interface ChoiceFilterProps {
  name: string;
  label: string;
  /** Each value with the id of its text. */
  options: readonly (readonly [value: string, text: string])[];
}

export function ChoiceFilter({ name, label, options }: ChoiceFilterProps) {
  const value = useParam(name);
  return (
    <label className="inline">
      <span>{label}</span>
      <select value={value} onChange={(event) => setParam(name, event.target.value)}>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {t(text)}
          </option>
        ))}
      </select>
    </label>
  );
}
