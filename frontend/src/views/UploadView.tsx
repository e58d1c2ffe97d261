/** A workbook's way: choose, drop or paste; read; the difference; after the commit the same rows with what became of them. */
import { type ChangeEvent, useEffect, useMemo, useRef, useState } from "react";
import { watchCommit } from "../commit.ts";
import { usePlant } from "../components/plantContext.ts";
import { RepairRow } from "../components/RepairRow.tsx";
import { type Column, VirtualTable } from "../components/VirtualTable.tsx";
import { changePercent, GLYPH, measured, plural, refusalOf, shown, typed } from "../components/words.ts";
import { usePlantNow, useTargets, useTopics } from "../live.ts";
import { hrefOf, setParam, useParam } from "../router.ts";
import { downloadAnnotated } from "../upload/annotated.ts";
import { useChanges, useNames } from "../upload/changes.ts";
import { type DiffRow, differenceOf, KINDS, type Kind, totalsOf } from "../upload/difference.ts";
import { outcomeOf } from "../upload/outcome.ts";
import * as upload from "../upload/workbook.ts";

export function UploadView() {
  const state = upload.useUpload();
  switch (state.phase) {
    case "empty":
      return <Choose />;
    case "reading":
      return <ReadingFile name={state.name} done={state.done} total={state.total} onCancel={state.cancel} />;
    case "refused":
      return (
        <>
          <div className="refused" role="alert">
            <h1>
              {GLYPH.failed} {state.name} was not read
            </h1>
            <p>{state.message}</p>
            <p className="quiet">Nothing was sent to any machine.</p>
          </div>
          <Choose />
        </>
      );
    case "preview":
      return <Preview state={state} />;
    case "committed":
      return <Committed state={state} />;
  }
}

function Choose() {
  const { plant } = usePlant();
  const input = useRef<HTMLInputElement>(null);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) upload.openFile(file, plant);
    event.target.value = "";
  };
  return (
    <section className="choose" aria-labelledby="choose">
      <h1 id="choose">Change many machines from a workbook</h1>
      <p>
        Drop a workbook anywhere on this page, paste cells from a spreadsheet, or choose a file. Nothing is
        sent before you have seen what would change.
      </p>
      <div className="buttons">
        <button type="button" className="primary" onClick={() => input.current?.click()} data-autofocus="">
          Choose a workbook
        </button>
        <a className="button" href="/api/template.xlsx" download>
          Get the template
        </a>
      </div>
      <input
        ref={input}
        type="file"
        className="unseen"
        tabIndex={-1}
        aria-label="Workbook"
        accept=".xlsx,.xlsm,.xls,.xlsb,.ods,.csv"
        onChange={take}
      />
      <p className="quiet">
        xlsx, xlsm, xls, xlsb, ods or csv, up to 20 MB, with the columns {plant.idColumn},{" "}
        {plant.writable.map((field) => `${field.column}${field.isRequired ? "" : " (optional)"}`).join(", ")}.
      </p>
    </section>
  );
}

function ReadingFile({
  name,
  done,
  total,
  onCancel,
}: {
  name: string;
  done: number;
  total: number;
  onCancel: () => void;
}) {
  return (
    <section className="choose" aria-busy="true">
      <h1>Reading {name}</h1>
      <progress {...(total > 0 ? { value: done, max: total } : {})} aria-label={`Reading ${name}`} />
      <p role="status">
        {total > 0 ? `${shown(null, done)} of ${shown(null, total)} rows checked` : "Opening the file"}
      </p>
      <div className="buttons">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </section>
  );
}

const FILTERS: readonly (readonly [string, string, readonly Kind[]])[] = [
  ["", "All", KINDS],
  ["changes", "Changes", ["change", "unheard"]],
  ["warnings", "Warnings", []],
  ["errors", "Errors", ["error"]],
  ["conflicts", "Conflicts", ["conflict"]],
  ["blocked", "Blocked", ["blocked"]],
];

function Preview({ state }: { state: Extract<upload.Upload, { phase: "preview" }> }) {
  const { plant, clock } = usePlant();
  const { workbook, fixes, repaired, chosen, isAtomic, reason } = state;
  const { asked } = workbook;
  const machines = useMemo(
    () => [...new Set([...Object.keys(asked.targets), ...Object.keys(fixes)])],
    [asked, fixes],
  );
  useTopics(
    useMemo(
      () =>
        [...new Set(machines.flatMap((machine) => plant.machines.get(machine)?.line ?? []))].map(
          (line) => `line:${line}`,
        ),
      [machines, plant],
    ),
  );
  const now = usePlantNow(machines);
  const [changes, setChanges] = useChanges();
  const rows = useMemo(
    () => differenceOf(asked, fixes, repaired, plant, now, clock, changes),
    [asked, fixes, repaired, plant, now, clock, changes],
  );
  useNames(rows, plant, setChanges);
  const totals = useMemo(() => totalsOf(rows), [rows]);
  const going = useMemo(() => upload.toSend(rows, chosen), [rows, chosen]);
  const [repairing, setRepairing] = useState<number | null>(null);
  const filter = useParam("filter");
  const isUnfolded = useParam("unchanged") !== "";
  const listed = rows.filter((row) => {
    if (row.kind === "unchanged" && !isUnfolded) return false;
    if (filter === "warnings") return row.hasWarning;
    return (FILTERS.find(([name]) => name === filter)?.[2] ?? KINDS).includes(row.kind);
  });
  const sheetWarnings = asked.warnings.filter((warning) => warning.column === undefined);
  const isViewer = !plant.mayChange;
  const needsReason = going.some((row) => row.field?.needsReason) && !reason.trim();
  const isHeld = isAtomic && totals.byKind.blocked + totals.byKind.error > 0;

  return (
    <div className="upload">
      <div className="view-head">
        <h1>{workbook.name}</h1>
        <p className="quiet">
          {plural(workbook.total, workbook.follows ? "target" : "row")}. Nothing is sent yet.
        </p>
        <span className="spring" />
        <fieldset className="segments">
          <legend className="unseen">Show</legend>
          {FILTERS.map(([name, label, kinds]) => {
            const count =
              name === "warnings"
                ? rows.filter((row) => row.hasWarning).length
                : kinds.reduce((sum, kind) => sum + totals.byKind[kind], 0);
            return (
              <label key={name}>
                <input
                  type="radio"
                  name="filter"
                  checked={filter === name}
                  onChange={() => setParam("filter", name)}
                />
                {label} {shown(null, count)}
              </label>
            );
          })}
        </fieldset>
      </div>
      {sheetWarnings.length > 0 && (
        <ul className="sheet-warnings amber">
          {sheetWarnings.slice(0, 5).map((warning) => (
            <li key={`${warning.code} ${warning.row}`}>
              {GLYPH.conflict} {warning.msg}
            </li>
          ))}
        </ul>
      )}
      <PreviewTable rows={listed} chosen={chosen} onRepair={setRepairing} />
      {repairing !== null && (
        <RepairRow row={repairing} asked={asked} fixes={fixes} onClose={() => setRepairing(null)} />
      )}
      {totals.byKind.unchanged > 0 && (filter === "" || filter === "changes") && (
        <button
          type="button"
          className="plain fold"
          onClick={() => setParam("unchanged", isUnfolded ? "" : "shown")}
        >
          {isUnfolded ? "Fold" : "Show"} {plural(totals.byKind.unchanged, "unchanged target")}
        </button>
      )}
      <div className="foot">
        <p className="foot-totals" role="status">
          <strong>{shown(null, going.length)} will change</strong>
          {totals.blocks.map(([why, count]) => (
            <span key={why} className="critical">
              {" "}
              · {count} blocked ({why})
            </span>
          ))}
          {totals.byKind.conflict > 0 && (
            <span className="amber"> · {plural(totals.byKind.conflict, "conflict")}</span>
          )}
          {totals.byKind.error > 0 && (
            <span className="critical"> · {plural(totals.byKind.error, "row")} with errors</span>
          )}
        </p>
        <label className="inline foot-reason">
          <span>Reason</span>
          <input
            value={reason}
            maxLength={500}
            placeholder={needsReason ? "needed" : "optional"}
            onChange={(event) => upload.setReason(event.target.value)}
          />
        </label>
        <label className="inline">
          <input
            type="checkbox"
            checked={isAtomic}
            onChange={(event) => upload.setAtomic(event.target.checked)}
          />
          <span>All or nothing</span>
        </label>
        <button type="button" onClick={upload.leave}>
          Leave
        </button>
        <button
          type="button"
          className="primary"
          disabled={going.length === 0 || isViewer || needsReason || isHeld}
          onClick={() => upload.commitPreview(rows, (machine, field) => now.rev(machine, field))}
        >
          Change {plural(going.length, "target")}
        </button>
        {(isViewer || isHeld) && (
          <p className="refusal">
            {isViewer
              ? "You may look, not change."
              : "All or nothing: some rows cannot go. Fix them, or leave all-or-nothing out."}
          </p>
        )}
      </div>
    </div>
  );
}

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

function PreviewTable({ rows, chosen, onRepair }: PreviewTableProps) {
  const { plant } = usePlant();
  const choosable = rows.filter(
    (row) => row.kind === "change" || row.kind === "conflict" || row.kind === "unheard",
  );
  const isAllIn = choosable.length > 0 && choosable.every((row) => upload.isChosen(row, chosen));
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
            upload.choose(
              choosable.map((row) => row.key),
              event.target.checked,
            )
          }
        />
      ),
      cell: (row) =>
        row.kind === "change" || row.kind === "conflict" || row.kind === "unheard" ? (
          <input
            type="checkbox"
            aria-label={`Row ${row.row}: ${row.machine?.replace("_", ":")} ${row.field?.label ?? ""}`}
            checked={upload.isChosen(row, chosen)}
            onChange={(event) => upload.choose([row.key], event.target.checked)}
          />
        ) : null,
    },
    { name: "row", label: "Row", isNumber: true, cell: (row) => row.row ?? "" },
    {
      name: "machine",
      label: "Machine",
      cell: (row) => (row.machine ? (plant.machines.get(row.machine)?.id ?? row.machine) : ""),
    },
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
      cell: (row) => <TargetCell row={row} onRepair={onRepair} />,
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
}

function noteClass(row: DiffRow): string {
  if (row.kind === "error" || row.kind === "blocked") return "critical";
  return row.kind === "conflict" || row.hasWarning ? "amber" : "quiet";
}

/** A target that can be corrected in place: a click, or Enter on it. */
function TargetCell({ row, onRepair }: { row: DiffRow; onRepair: (row: number) => void }) {
  const { machine, field, target } = row;
  const [draft, setDraft] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (machine === null && row.row !== null) {
    const number = row.row;
    return (
      <button type="button" className="plain cell" onClick={() => onRepair(number)}>
        Fix<span className="unseen"> row {number}</span>
      </button>
    );
  }
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
        {row.isFixed && <span className="blue"> (fixed)</span>}
      </button>
    );
  }
  const keep = () => {
    const value = typed(field, draft);
    const text = refusalOf(field, value);
    setRefusal(text);
    if (text) return;
    upload.fixCell(machine, field.name, value);
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

/** The same rows, each followed to its outcome. */
function Committed({ state }: { state: Extract<upload.Upload, { phase: "committed" }> }) {
  const { plant } = usePlant();
  const { workbook, txId, rows, sent } = state;
  const targets = useTargets(txId);
  useEffect(() => watchCommit(txId), [txId]);
  const told = rows.filter((row) => row.kind !== "unchanged");
  const outcomes = told.map((row) => ({ row, outcome: outcomeOf(row, sent.has(row.key), targets) }));
  const open = outcomes.filter(({ outcome }) => outcome.isOpen).length;
  const done = outcomes.filter(({ outcome }) => outcome.state === "reconciled").length;
  const bad = outcomes.filter(
    ({ outcome, row }) => sent.has(row.key) && !outcome.isOpen && outcome.state !== "reconciled",
  ).length;
  const columns: Column<(typeof outcomes)[number]>[] = [
    { name: "row", label: "Row", isNumber: true, cell: ({ row }) => row.row ?? "" },
    {
      name: "machine",
      label: "Machine",
      cell: ({ row }) => (row.machine ? (plant.machines.get(row.machine)?.id ?? row.machine) : ""),
    },
    { name: "field", label: "Field", cell: ({ row }) => row.field?.label || row.field?.name || "" },
    {
      name: "now",
      label: "Before",
      isNumber: true,
      cell: ({ row }) => (row.field && row.machine ? measured(row.field, row.now) : ""),
    },
    {
      name: "target",
      label: "Target",
      isNumber: true,
      cell: ({ row }) => (row.field && row.machine ? measured(row.field, row.target) : ""),
    },
    {
      name: "change",
      label: "Change",
      isNumber: true,
      cell: ({ row }) => changePercent(row.now, row.target),
    },
    {
      name: "note",
      label: "Outcome",
      cell: ({ outcome }) => (
        <span className={`outcome is-${outcome.state}`}>
          {outcome.glyph} {outcome.text}
        </span>
      ),
    },
  ];
  return (
    <div className="upload">
      <div className="view-head">
        <h1>{workbook.name}</h1>
        <p role="status">
          {open > 0 ? `${GLYPH.pending} ${open} open · ` : ""}
          {GLYPH.confirmed} {done} applied{bad > 0 ? ` · ${GLYPH.failed} ${bad} not applied` : ""}
        </p>
      </div>
      <VirtualTable
        label="What became of each row"
        columns={columns}
        rows={outcomes}
        keyOf={({ row }) => row.key}
        classOf={({ outcome }) => `is-${outcome.state}`}
      />
      <div className="foot">
        <progress
          value={outcomes.length - open}
          max={Math.max(1, outcomes.length)}
          aria-label="Rows with an outcome"
        />
        <span className="spring" />
        {workbook.file && (
          <button type="button" disabled={open > 0} onClick={() => void downloadAnnotated(txId)}>
            Get the workbook back
          </button>
        )}
        <a className="button" href={hrefOf({ view: "batch", txId })}>
          This batch, undo
        </a>
        <button type="button" className="primary" onClick={upload.leave}>
          Next workbook
        </button>
      </div>
    </div>
  );
}
