/** After the commit: the rows of the preview, each with its outcome. */

import { useEffect, useState } from "react";
import { countWords } from "../../format/counts.ts";
import { changePercent, measured } from "../../format/index.ts";
import type { Row, Withdrawal } from "../../preview/index.ts";
import { hrefOf } from "../../router.ts";
import { useSession } from "../../session/context.tsx";
import { useTransaction } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { type Column, VirtualTable } from "../../ui/VirtualTable.tsx";
import { ExportButtons } from "../batches/ExportButtons.tsx";
import { sayFailed, watchCommit } from "../frame/toasts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { downloadAnnotated } from "./annotated.ts";
import { type Course, courseOf, type FollowedRow, reasonsOf } from "./outcome.ts";
import { leave, type UploadIn } from "./workbook.ts";
import { machineText } from "./wrongRows.ts";

export function Outcomes({ state }: { state: UploadIn<"committed"> }) {
  const { plant, clock } = usePlant();
  const session = useSession();
  const { workbook, txId, rows, sent } = state;
  const { fieldsByName } = plant;
  const course = courseOf(rows, sent, useTransaction(txId), { clock, fieldsByName });
  const withUnit = ({ field: name, machine }: Row, value: Row["now"]) => {
    const field = fieldsByName.get(name ?? "");
    return field && machine ? measured(field, value) : "";
  };
  const [withdrawal, setWithdrawal] = useState<Withdrawal | null>(null);
  useEffect(() => watchCommit(txId), [txId]);
  const columns: Column<FollowedRow>[] = [
    { name: "row", label: t("upload-row"), isNumber: true, cell: ({ row }) => row.row ?? "" },
    {
      name: "machine",
      label: t("batch-machine"),
      cell: ({ row }) => machineText(row, plant, workbook.found),
    },
    {
      name: "field",
      label: t("batch-field"),
      cell: ({ row }) => fieldsByName.get(row.field ?? "")?.label || row.field || "",
    },
    {
      name: "now",
      label: t("batch-before"),
      isNumber: true,
      cell: ({ row }) => withUnit(row, row.now),
    },
    {
      name: "target",
      label: t("batch-target"),
      isNumber: true,
      cell: ({ row }) => withUnit(row, row.target),
    },
    {
      name: "change",
      label: t("batch-change"),
      isNumber: true,
      cell: ({ row }) => changePercent(row.now, row.target),
    },
    {
      name: "note",
      label: t("batch-outcome"),
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
        <p role="status">{courseWords(course)}</p>
      </div>
      <VirtualTable
        label={t("upload-became")}
        columns={columns}
        rows={course.rows}
        keyOf={({ row }) => row.key}
        classOf={({ outcome }) => `is-${outcome.state}`}
      />
      <div className="foot">
        {withdrawal ? (
          <p role="status">{withdrawalWords(withdrawal)}</p>
        ) : (
          course.stage !== "done" && (
            <progress
              value={course.rows.length - course.counts.open}
              max={course.rows.length}
              aria-label={t("upload-with-outcome")}
            />
          )
        )}
        <span className="spring" />
        {!withdrawal && course.stage !== "done" && <Withdraw txId={txId} onWithdrawn={setWithdrawal} />}
        {workbook.file && (
          <ExportButtons
            exports={[
              {
                label: t("batch-workbook"),
                isDisabled: course.stage !== "done",
                start: (signal) => downloadAnnotated(session, txId, signal, reasonsOf(course, rows)),
              },
            ]}
          />
        )}
        <a className="button" href={hrefOf({ view: "batch", txId })}>
          {t("upload-this-batch")}
        </a>
        <button type="button" className="primary" onClick={leave}>
          {t("upload-next")}
        </button>
      </div>
    </div>
  );
}

/** `◆ 3 open · ✓ 38 applied · ✕ 1 not applied`, and while it is so: `Sending`. */
function courseWords({ stage, counts }: Course): string {
  const words = countWords(counts);
  return stage === "committing" ? t("upload-sending", { counts: words }) : words;
}

interface WithdrawProps {
  txId: string;
  onWithdrawn: (withdrawal: Withdrawal) => void;
}

/** The way out while rows are open. */
function Withdraw({ txId, onWithdrawn }: WithdrawProps) {
  const session = useSession();
  const [isAsked, setAsked] = useState(false);
  const ask = () => {
    setAsked(true);
    session.commits.withdraw(txId).then(onWithdrawn, (error: unknown) => {
      setAsked(false);
      sayFailed(error);
    });
  };
  return (
    <button type="button" disabled={isAsked} onClick={ask}>
      {t("upload-withdraw")}
    </button>
  );
}

/** What a withdrawal came to, in full honesty. */
function withdrawalWords({ withdrawn, handedOver }: Withdrawal): string {
  if (handedOver === 0) return t("upload-withdrawn", { withdrawn });
  return t("upload-handed-over", { withdrawn, handed: handedOver });
}
