/** The difference as a table: a checkbox a row, a target that can be corrected in place, a wrong row that can be fixed. */
import { memo, useState } from "react";
import { usePlant } from "../../components/plantContext.ts";
import { type Column, VirtualTable } from "../../components/VirtualTable.tsx";
import { changePercent, GLYPH, measured } from "../../components/words.ts";
import { cast, wants, written } from "../../ingest/index.ts";
import { type DiffRow, isSendable, type Kind } from "../../upload/difference.ts";
import { choose, fixCell, isChosen } from "../../upload/workbook.ts";
import { machineText, stoodText } from "../../upload/wrongRows.ts";

const KIND_WORDS: Record<Kind, string> = {
  error: `${GLYPH.failed} Error`,
  conflict: `${GLYPH.conflict} Conflict`,
  blocked: `${GLYPH.critical} Blocked`,
  unheard: `${GLYPH.unknown} Not heard of`,
  change: "",
  unchanged: "Unchanged",
};

interface PreviewTableProps {
  rows: readonly DiffRow[];
  chosen: Readonly<Record<string, boolean>>;
  onRepair: (row: number) => void;
}

export const PreviewTable = memo(({ rows, chosen, onRepair }: PreviewTableProps) => {
  const { plant } = usePlant();
  const choosable = rows.filter(isSendable);
  const isAllIn = choosable.length > 0 && choosable.every((row) => isChosen(row, chosen));
  const columns: Column<DiffRow>[] = [
    {
      name: "in",
      label: (
        <input
          type="checkbox"
          aria-label="All rows shown"
          checked={isAllIn}
          disabled={choosable.length === 0}
          onChange={(event) =>
            choose(
              choosable.map((row) => row.key),
              event.target.checked,
            )
          }
        />
      ),
      cell: (row) =>
        isSendable(row) ? (
          <input
            type="checkbox"
            aria-label={`Row ${row.row}: ${row.machine?.replace("_", ":")} ${row.field?.label ?? ""}`}
            checked={isChosen(row, chosen)}
            onChange={(event) => choose([row.key], event.target.checked)}
          />
        ) : null,
    },
    { name: "row", label: "Row", isNumber: true, cell: (row) => row.row ?? "" },
    { name: "machine", label: "Machine", cell: (row) => machineText(row, plant) },
    { name: "field", label: "Field", cell: (row) => row.field?.label || row.field?.name || "" },
    {
      name: "now",
      label: "Now",
      isNumber: true,
      cell: (row) => (row.field && row.machine ? measured(row.field, row.now) : ""),
    },
    {
      name: "target",
      label: "Target",
      isNumber: true,
      cell: (row) =>
        row.machine === null && row.row !== null ? (
          <FixButton
            row={row.row}
            stood={row.field ? stoodText(row, row.field.column) : ""}
            onRepair={onRepair}
          />
        ) : (
          <TargetCell row={row} />
        ),
    },
    {
      name: "change",
      label: "Change",
      isNumber: true,
      cell: (row) => (row.kind === "unchanged" ? "" : changePercent(row.now, row.target)),
    },
    {
      name: "note",
      label: "Note",
      cell: (row) => (
        <span className={noteClass(row)}>
          {KIND_WORDS[row.kind]}
          {KIND_WORDS[row.kind] && row.note ? ": " : ""}
          {row.note}
        </span>
      ),
    },
  ];
  if (rows.length === 0) return <p className="empty">No row matches.</p>;
  return (
    <VirtualTable
      label="What would change"
      columns={columns}
      rows={rows}
      keyOf={(row) => row.key}
      classOf={(row) => `diff-${row.kind}`}
    />
  );
});

function noteClass(row: DiffRow): string {
  if (row.kind === "error" || row.kind === "blocked") return "critical";
  return row.kind === "conflict" || row.hasWarning ? "amber" : "quiet";
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
        Fix<span className="unseen"> row {row}</span>
      </button>
    </>
  );
}

/** A target that can be corrected in place: a click, or Enter on it. Judged as a cell of the workbook is. */
function TargetCell({ row: { machine, field, target, isFixed } }: { row: DiffRow }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (machine === null || field === null) return null;
  const words = measured(field, target);
  if (draft === null) {
    return (
      <button
        type="button"
        className="plain cell"
        aria-label={`Fix the target ${words} of ${machine.replace("_", ":")}`}
        onClick={() => setDraft(String(target ?? ""))}
      >
        {words}
        {isFixed && <span className="blue"> (fixed)</span>}
      </button>
    );
  }
  const keep = () => {
    const text = draft.trim();
    const reading = text ? cast(written(text), field) : { msg: `${field.column} takes ${wants(field)}.` };
    if ("msg" in reading) {
      setRefusal(reading.msg);
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
      aria-label={`Target of ${machine.replace("_", ":")}`}
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
