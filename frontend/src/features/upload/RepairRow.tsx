/**
 * Corrects a row with errors by hand. The form opens with the content of the file, the wrong cells are marked, and
 * each says what was expected. The result is checked again by the rules of a workbook.
 */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { GLYPH, rangeWords } from "../../format/index.ts";
import { type Cell, type FoundRow, formOf, type Issue, issueMessage, judgeRow } from "../../ingest/index.ts";
import type { Asked } from "../../preview/index.ts";
import { t } from "../../texts/catalogue.ts";
import { messageText } from "../../texts/message.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { usePlant } from "../plant/plantContext.ts";
import type { Fixes, Repaired } from "./amended.ts";
import { repairRow } from "./workbook.ts";
import { cellText, cellWords, type Found } from "./wrongRows.ts";

const NOTHING_FOUND: FoundRow = {};

interface RepairRowProps {
  row: number;
  asked: Asked;
  found: Found;
  fixes: Fixes;
  repaired: Repaired;
  onClose: () => void;
}

export function RepairRow({ row, asked, found: foundRows, fixes, repaired, onClose }: RepairRowProps) {
  const { plant } = usePlant();
  const found = foundRows[row] ?? NOTHING_FOUND;
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [issues, setIssues] = useState(() => asked.errors.filter((error) => error.row === row));
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    wrong?.focus();
    if (wrong instanceof HTMLInputElement) wrong.select();
  }, []);

  /** The other row for the same machine, if there is one. */
  const otherRowOf = (machine: string): Issue[] => {
    const isTaken = asked.targets[machine] !== undefined || fixes[machine] !== undefined;
    const other =
      Object.keys(repaired).find((each) => repaired[Number(each)] === machine) ?? asked.rows[machine];
    const args = { machine: machine.replace("_", ":"), rows: [String(other)], count: 1 };
    return isTaken ? [{ row, code: "doubled_machine", args, column: plant.idColumn }] : [];
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const cells = Object.entries(typed).map(([column, text]) => [column, text.trim() || null]);
    const judged = judgeRow({ ...found, ...(Object.fromEntries(cells) as FoundRow) }, formOf(plant));
    const errors = "errors" in judged ? judged.errors : otherRowOf(judged.machine);
    setIssues([...errors]);
    if (errors.length > 0 || "errors" in judged) return;
    repairRow(row, judged.machine, judged.targets);
    onClose();
  };

  const about = (column: string) => issues.filter((issue) => issue.column === column);
  const cellOf = (column: string) => ({
    column,
    found: found[column] ?? null,
    text: typed[column],
    issues: about(column).map((issue) => messageText(issueMessage(issue))),
    onType: (text: string) => {
      setTyped({ ...typed, [column]: text });
      setIssues(issues.filter((issue) => issue.column !== column));
    },
  });
  return (
    <Dialog title={t("repair-title", { row: String(row) })} onClose={onClose}>
      {issues
        .filter((issue) => issue.column === undefined)
        .map((issue) => (
          <p key={issue.code} className="critical" role="alert">
            {GLYPH.failed} {messageText(issueMessage(issue))}
          </p>
        ))}
      <form ref={form} onSubmit={submit} noValidate>
        <RepairCell {...cellOf(plant.idColumn)} hint={t("repair-hint", { machine: "m:402" })} />
        {plant.writable.map((field) => (
          <RepairCell
            key={field.name}
            {...cellOf(field.column)}
            hint={rangeWords(field)}
            isOptional={!field.isRequired}
            {...(field.type === "choice" ? { options: field.options } : {})}
          />
        ))}
        <div className="dialog-foot">
          <span className="spring" />
          <button type="button" onClick={onClose}>
            {t("reading-cancel")}
          </button>
          <button type="submit" className="primary">
            {t("repair-take")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface RepairCellProps {
  column: string;
  found: Cell;
  /** The person's text; undefined while the cell is unchanged. */
  text: string | undefined;
  issues: readonly string[];
  hint: string;
  isOptional?: boolean;
  options?: readonly string[];
  onType: (text: string) => void;
}

function RepairCell({ column, found, text, issues, hint, isOptional, options, onType }: RepairCellProps) {
  const id = useId();
  const value = text ?? cellText(found);
  const isWrong = issues.length > 0;
  const same = { id, value, "aria-invalid": isWrong, "aria-describedby": `${id}-hint` };
  return (
    <div className="editor-field">
      <label htmlFor={id}>
        {column} <span className="quiet">{isOptional ? t("repair-optional") : ""}</span>
      </label>
      {options ? (
        <select {...same} onChange={(event) => onType(event.target.value)}>
          <option value="">{cellWords(found) || t("repair-unchanged")}</option>
          {value !== "" && !options.includes(value) && <option>{value}</option>}
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : (
        <input
          {...same}
          autoComplete="off"
          placeholder={text === undefined ? cellWords(found) : ""}
          onChange={(event) => onType(event.target.value)}
        />
      )}
      <span id={`${id}-hint`} className={isWrong ? "critical" : "quiet"} role={isWrong ? "alert" : undefined}>
        {isWrong ? `${GLYPH.failed} ${issues.join(" ")}` : hint}
      </span>
    </div>
  );
}
