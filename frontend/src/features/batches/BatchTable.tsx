/** Every row of a batch, with its outcome. */
import { changePercent, measured, shown } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { type Column, VirtualTable } from "../../ui/VirtualTable.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { OutcomeWords } from "./BatchWords.tsx";
import type { BatchRow } from "./rows.ts";

export function BatchTable({ rows }: { rows: readonly BatchRow[] }) {
  const { plant, clock } = usePlant();
  const withUnit = (name: string | null, value: BatchRow["before"]) => {
    if (value === undefined || (value === null && name === null)) return "";
    const field = plant.fieldsByName.get(name ?? "");
    return <span className="wraps">{field ? measured(field, value) : shown(null, value)}</span>;
  };
  const columns: Column<BatchRow>[] = [
    { name: "row", label: t("upload-row"), isNumber: true, cell: ({ row }) => row ?? "" },
    {
      name: "machine",
      label: t("batch-machine"),
      cell: ({ machine, name }) =>
        machine === null ? (
          name
        ) : (
          <a href={hrefOf({ view: "machine", machine })}>{plant.machines.get(machine)?.id ?? machine}</a>
        ),
    },
    {
      name: "field",
      label: t("batch-field"),
      cell: ({ field }) => (
        <span className="wraps">{plant.fieldsByName.get(field ?? "")?.label || field || ""}</span>
      ),
    },
    {
      name: "before",
      label: t("batch-before"),
      isNumber: true,
      cell: ({ field, before }) => withUnit(field, before),
    },
    {
      name: "target",
      label: t("batch-target"),
      isNumber: true,
      cell: ({ field, target }) => withUnit(field, target),
    },
    {
      name: "change",
      label: t("batch-change"),
      isNumber: true,
      cell: ({ before, target }) => (before === target ? "" : changePercent(before, target)),
    },
    { name: "at", label: t("batch-ended"), cell: ({ at }) => (at ? clock.time(at) : "") },
    { name: "note", label: t("batch-outcome"), cell: ({ end }) => <End end={end} /> },
  ];
  const hasRow = rows.some(({ row }) => row !== null);
  const hasEnd = rows.some(({ at }) => at !== null);
  if (rows.length === 0) return <p className="empty">{t("row-none")}</p>;
  return (
    <VirtualTable
      label={t("upload-became")}
      columns={columns.filter(({ name }) => (name !== "row" || hasRow) && (name !== "at" || hasEnd))}
      rows={rows}
      keyOf={({ key }) => key}
      classOf={({ end }) => (end.kind === "words" ? `is-${end.state}` : "")}
    />
  );
}

function End({ end }: { end: BatchRow["end"] }) {
  if (end.kind === "result") return <OutcomeWords result={end.result} />;
  return (
    <span className={`outcome is-${end.state}`} title={end.text}>
      {end.glyph} {end.text}
    </span>
  );
}
