/** The preview as a table: a checkbox for each row, targets that can be corrected in place, and rows with errors. */

import { memo, useMemo, useState } from "react";
import type { Plant } from "../../contract/plant.ts";
import { type Clock, changePercent, GLYPH, measured } from "../../format/index.ts";
import { cast, issueMessage, wants } from "../../ingest/index.ts";
import type { Row, State } from "../../preview/index.ts";
import { useOpenTarget } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { messageText } from "../../texts/message.ts";
import { type Column, VirtualTable } from "../../ui/VirtualTable.tsx";
import { openTargetWords } from "../machine/openTarget.ts";
import { usePlant } from "../plant/plantContext.ts";
import type { Fixes } from "./amended.ts";
import { isLarge } from "./filters.ts";
import { noteWords } from "./notes.ts";
import { choose, fixCell } from "./workbook.ts";
import { type Found, machineText, stoodText } from "./wrongRows.ts";

const GLYPHS: Partial<Record<State, string>> = {
  error: `${GLYPH.failed} `,
  conflict: `${GLYPH.conflict} `,
  blocked: `${GLYPH.critical} `,
  waiting: `${GLYPH.unknown} `,
};

/** Empty for a change, because its figures say enough. */
function stateWords(state: State): string {
  return state === "change" ? "" : `${GLYPHS[state] ?? ""}${t(`row-${state}`)}`;
}

interface PreviewTableProps {
  rows: readonly Row[];
  found: Found;
  fixes: Fixes;
  onRepair: (row: number) => void;
}

export const PreviewTable = memo(({ rows, found, fixes, onRepair }: PreviewTableProps) => {
  const { plant, clock } = usePlant();
  const columns = useMemo(
    () => columnsOf(plant, clock, found, fixes, onRepair),
    [plant, clock, found, fixes, onRepair],
  );
  if (rows.length === 0) return <p className="empty">{t("row-none")}</p>;
  return (
    <VirtualTable
      label={t("row-would-change")}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.key}
      classOf={(row) => `diff-${row.state}${row.hasMoved ? " has-moved" : ""}`}
    />
  );
});

function columnsOf(
  plant: Plant,
  clock: Clock,
  found: Found,
  fixes: Fixes,
  onRepair: (row: number) => void,
): Column<Row>[] {
  const fieldOf = (row: Row) => plant.fieldsByName.get(row.field ?? "") ?? null;
  return [
    {
      name: "in",
      label: (rows) => <AllRows rows={rows} />,
      cell: (row) =>
        row.canSend ? (
          <label className="box">
            <input
              type="checkbox"
              aria-label={chooseLabel(row, fieldOf(row)?.label ?? "")}
              checked={row.isTicked}
              onChange={(event) => choose([row.key], event.target.checked)}
            />
          </label>
        ) : null,
    },
    { name: "row", label: t("upload-row"), isNumber: true, cell: (row) => row.row ?? "" },
    { name: "machine", label: t("batch-machine"), cell: (row) => machineText(row, plant, found) },
    {
      name: "field",
      label: t("batch-field"),
      cell: (row) => <span className="wraps">{fieldOf(row)?.label || row.field || ""}</span>,
    },
    {
      name: "now",
      label: t("upload-now"),
      isNumber: true,
      cell: (row) => {
        const field = fieldOf(row);
        return field && row.machine ? <span className="wraps">{measured(field, row.now)}</span> : null;
      },
    },
    {
      name: "target",
      label: t("batch-target"),
      isNumber: true,
      cell: (row) =>
        row.machine === null && row.row !== null ? (
          <FixButton
            row={row.row}
            stood={stoodText(row, fieldOf(row)?.column ?? "", found)}
            onRepair={onRepair}
          />
        ) : (
          <TargetCell row={row} isFixed={fixes[row.machine ?? ""]?.[row.field ?? ""] !== undefined} />
        ),
    },
    {
      name: "change",
      label: t("batch-change"),
      isNumber: true,
      cell: (row) => {
        const percent = row.state === "unchanged" ? "" : changePercent(row.now, row.target);
        return isLarge(row) ? (
          <span className="amber">
            {GLYPH.conflict} {percent}
          </span>
        ) : (
          percent
        );
      },
    },
    {
      name: "note",
      label: t("upload-note"),
      cell: (row) => {
        const words = noteWords(row, clock, plant);
        return (
          <>
            <OpenNote row={row} />
            <span className={noteClass(row)} title={words}>
              {[stateWords(row.state), words].filter(Boolean).join(": ")}
            </span>
          </>
        );
      },
    },
  ];
}

/** An undo or a retry has no sheet, and so no row numbers. */
function chooseLabel({ row, machine }: Row, field: string): string {
  const target = { machine: machine?.replace("_", ":") ?? "", field };
  return row === null ? `${target.machine} ${field}` : t("row-choose", { ...target, row: String(row) });
}

/** Ticks or unticks every row that can be sent. */
function AllRows({ rows }: { rows: readonly Row[] }) {
  const choosable = rows.filter(({ canSend }) => canSend);
  const isAllIn = choosable.length > 0 && choosable.every(({ isTicked }) => isTicked);
  return (
    <label className="inline box">
      <input
        type="checkbox"
        aria-label={t("row-all")}
        checked={isAllIn}
        disabled={choosable.length === 0}
        onChange={(event) =>
          choose(
            choosable.map((row) => row.key),
            event.target.checked,
          )
        }
      />
      <span className="in-cards" aria-hidden="true">
        {t("row-all")}
      </span>
    </label>
  );
}

/** Another person's open target on the field of a row (OPEN-3). */
function OpenNote({ row: { machine, field: name } }: { row: Row }) {
  const { plant } = usePlant();
  const open = useOpenTarget(machine ?? "", name ?? "");
  const field = plant.fieldsByName.get(name ?? "");
  if (!open || !field) return null;
  return (
    <span className="amber">
      {GLYPH.pending} {openTargetWords(field, open)}{" "}
    </span>
  );
}

function noteClass(row: Row): string {
  if (row.state === "error" || row.state === "blocked") return "critical";
  return row.state === "conflict" || row.hasWarning ? "amber" : "quiet";
}

interface FixButtonProps {
  row: number;
  /** The wrong cell as the file has it. */
  stood: string;
  onRepair: (row: number) => void;
}

function FixButton({ row, stood, onRepair }: FixButtonProps) {
  return (
    <>
      {stood && <span className="stood critical">{stood}</span>}
      <button type="button" className="plain cell" onClick={() => onRepair(row)}>
        {t("row-fix")}
        <span className="unseen">{t("row-fix-number", { row: String(row) })}</span>
      </button>
    </>
  );
}

/** A target that can be corrected in place, by a click or Enter. It is checked like a cell of the workbook. */
function TargetCell({ row: { machine, field: name, target }, isFixed }: { row: Row; isFixed: boolean }) {
  const { plant } = usePlant();
  const field = plant.fieldsByName.get(name ?? "") ?? null;
  const [draft, setDraft] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (machine === null || field === null) return null;
  const words = measured(field, target);
  if (draft === null) {
    return (
      <button
        type="button"
        className="plain cell"
        aria-label={t("row-fix-target", { value: words, machine: machine.replace("_", ":") })}
        onClick={() => setDraft(String(target ?? ""))}
      >
        <span className="wraps">{words}</span>
        {isFixed && <span className="blue"> {t("row-fixed")}</span>}
      </button>
    );
  }
  const keep = () => {
    const text = draft.trim();
    if (!text) {
      setRefusal(messageText({ code: "wants-takes", args: { column: field.column, wants: wants(field) } }));
      return;
    }
    const reading = cast(text, field);
    if ("code" in reading) {
      setRefusal(messageText(issueMessage({ row: 0, ...reading, column: field.column })));
      return;
    }
    fixCell(machine, field.name, reading.value);
    setRefusal(null);
    setDraft(null);
  };
  return (
    <input
      className="cell number"
      // biome-ignore lint/a11y/noAutofocus: the person has just asked to type here.
      autoFocus
      value={draft}
      aria-label={t("row-target-of", { machine: machine.replace("_", ":") })}
      aria-invalid={refusal !== null}
      title={refusal ?? undefined}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => (refusal ? setDraft(null) : keep())}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        if (event.key === "Escape") {
          event.stopPropagation();
          setDraft(null);
          setRefusal(null);
        }
      }}
    />
  );
}
