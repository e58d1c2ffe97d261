/** A row of the workbook that was wrong, put right by hand: which machine it means, and what it asks. */
import { type FormEvent, useId, useState } from "react";
import { readMachineId } from "../protocol/index.ts";
import type { Asked, Fixes } from "../upload/difference.ts";
import { repairRow } from "../upload/workbook.ts";
import { Dialog } from "./Dialog.tsx";
import { usePlant } from "./plantContext.ts";
import { rangeWords, refusalOf, typed, type Value } from "./words.ts";

interface RepairRowProps {
  row: number;
  asked: Asked;
  fixes: Fixes;
  onClose: () => void;
}

export function RepairRow({ row, asked, fixes, onClose }: RepairRowProps) {
  const { plant } = usePlant();
  const id = useId();
  const [machineText, setMachineText] = useState("");
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const [refusal, setRefusal] = useState<{ where: string; text: string } | null>(null);
  const wrong = asked.errors.filter((error) => error.row === row);

  const machineOf = (): string | null => {
    const read = readMachineId(machineText);
    const machine = read?.id.replace(":", "_") ?? "";
    const about = plant.machines.get(machine);
    if (!about) setRefusal({ where: "machine", text: "A machine of this plant, such as m:402." });
    else if (asked.targets[machine] || fixes[machine]) {
      setRefusal({ where: "machine", text: `${about.id} stands in another row already.` });
    } else return machine;
    return null;
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const machine = machineOf();
    if (machine === null) return;
    const targets: Record<string, Value> = {};
    for (const field of plant.writable) {
      const text = drafts[field.name]?.trim() ?? "";
      if (text === "" && !field.isRequired) continue;
      const value = typed(field, text);
      const problem = text === "" ? `${field.column} is needed.` : refusalOf(field, value);
      if (problem) {
        setRefusal({ where: field.name, text: problem });
        return;
      }
      targets[field.name] = value;
    }
    repairRow(row, machine, targets);
    onClose();
  };

  return (
    <Dialog title={`Fix row ${row}`} onClose={onClose}>
      <ul className="critical">
        {wrong.map((error) => (
          <li key={`${error.code} ${error.column}`}>{error.msg}</li>
        ))}
      </ul>
      <form onSubmit={submit} noValidate>
        <div className="editor-field">
          <label htmlFor={`${id}-machine`}>{plant.idColumn}</label>
          <input
            id={`${id}-machine`}
            value={machineText}
            autoComplete="off"
            aria-invalid={refusal?.where === "machine"}
            onChange={(event) => setMachineText(event.target.value)}
          />
          {refusal?.where === "machine" && (
            <span className="critical" role="alert">
              {refusal.text}
            </span>
          )}
        </div>
        {plant.writable.map((field) => (
          <div key={field.name} className="editor-field">
            <label htmlFor={`${id}-${field.name}`}>
              {field.column} <span className="quiet">{field.isRequired ? "" : "optional"}</span>
            </label>
            {field.type === "choice" ? (
              <select
                id={`${id}-${field.name}`}
                value={drafts[field.name] ?? ""}
                onChange={(event) => setDrafts({ ...drafts, [field.name]: event.target.value })}
              >
                <option value="">unchanged</option>
                {field.options.map((option) => (
                  <option key={option}>{option}</option>
                ))}
              </select>
            ) : (
              <input
                id={`${id}-${field.name}`}
                className={field.type === "number" ? "number" : ""}
                value={drafts[field.name] ?? ""}
                autoComplete="off"
                aria-invalid={refusal?.where === field.name}
                onChange={(event) => setDrafts({ ...drafts, [field.name]: event.target.value })}
              />
            )}
            <span
              className={refusal?.where === field.name ? "critical" : "quiet"}
              role={refusal?.where === field.name ? "alert" : undefined}
            >
              {refusal?.where === field.name ? refusal.text : rangeWords(field)}
            </span>
          </div>
        ))}
        <div className="dialog-foot">
          <span className="spring" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary">
            Take this row
          </button>
        </div>
      </form>
    </Dialog>
  );
}
