/** Adds a signal of a machine to the chart, or takes one away. */

import { useState } from "react";
import { setParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";

interface SignalPickerProps {
  readonly machines: readonly string[];
  readonly shown: readonly string[];
  readonly added: readonly string[];
}

export function SignalPicker({ machines, shown, added }: SignalPickerProps) {
  const { plant } = usePlant();
  const [chosen, setMachine] = useState("");
  const [first] = shown[0]?.split(".") ?? [];
  const machine = [chosen, first, machines[0]].find((each) => each && machines.includes(each)) ?? "";
  const numbers = plant.fields.filter((field) => field.type === "number");
  const free = numbers.filter((field) => !shown.includes(`${machine}.${field.name}`));
  const set = (names: readonly string[]) => setParam("s", names.join(","));
  return (
    <fieldset className="trends-picker">
      <legend className="unseen">{t("trends-signals")}</legend>
      {machines.length > 1 && (
        <select
          aria-label={t("trends-machine-to-add")}
          value={machine}
          onChange={(event) => setMachine(event.target.value)}
        >
          {machines.map((each) => (
            <option key={each} value={each}>
              {plant.machines.get(each)?.id ?? each}
            </option>
          ))}
        </select>
      )}
      <select
        aria-label={t("trends-signal-to-add")}
        value=""
        onChange={(event) => set([...added, `${machine}.${event.target.value}`])}
      >
        <option value="">{t("trends-add")}</option>
        {free.map((field) => (
          <option key={field.name} value={field.name}>
            {field.label || field.name}
          </option>
        ))}
      </select>
      {added.map((name) => (
        <button key={name} type="button" onClick={() => set(added.filter((each) => each !== name))}>
          {name.replace("_", ":").replace(".", " ")} <span aria-hidden="true">×</span>
          <span className="unseen">{t("trends-remove")}</span>
        </button>
      ))}
    </fieldset>
  );
}
