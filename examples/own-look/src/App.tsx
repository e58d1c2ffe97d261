import { type DragEvent, useState } from "react";
import {
  formOf,
  isCritical,
  type ParsedBatch,
  parseWorkbook,
  useFieldFeedback,
  useHold,
  useLiveSocket,
  useSession,
  useTransaction,
} from "setpoint-live";
import { useMachineStore } from "./store/machine";

const TOPICS = ["line:01"];

export function App() {
  const { state } = useLiveSocket(TOPICS);
  const machines = useMachineStore(({ $view }) => [...$view.keys()].sort().join(" "))
    .split(" ")
    .filter(Boolean);
  const [txId, setTxId] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const drop = useDrop(setTxId, setProblem);
  return (
    <main onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <h1>
        Shop floor <small data-state={state}>{state.toLowerCase()}</small>
      </h1>
      <p>Drop a workbook of targets on this page.</p>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {machines.map((machine) => (
          <Machine key={machine} machine={machine} />
        ))}
      </ul>
      {txId && <Batch txId={txId} />}
    </main>
  );
}

/** File → worker → targets → shown at once, and on their way. */
function useDrop(onSent: (txId: string | null) => void, onProblem: (text: string) => void) {
  const session = useSession();
  const hold = useHold();
  return (event: DragEvent) => {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (!file) return;
    onProblem(hold ?? "");
    parseWorkbook(file, formOf(session.plant)).then(
      ({ ingested: { batch, base } }) => {
        onProblem(batch.errors.map(inWords).join(" "));
        onSent(session.commits.commit({ updates: batch.validRows, base, txId: batch.txId }));
      },
      (error: Error) => onProblem(error.message),
    );
  };
}

/** An error of a row is a code with arguments (XL-9); what an application says of it is its own affair. */
function inWords({ row, column, code, args }: ParsedBatch["errors"][number]): string {
  if (code === "unknown_machine") return `Row ${row}: there is no ${String(args?.machine)}.`;
  return `Row ${row}: look at ${column ?? "it"} (${code}).`;
}

const SIGNS = { idle: "", optimistic: "…", confirmed: "✓", failed: "✕", conflict: "≠", unknown: "?" };

function Machine({ machine }: { machine: string }) {
  const { look, value, server, message } = useFieldFeedback(machine, "targetSpeed");
  const status = useMachineStore(({ $server }) => String($server.machines.get(machine)?.status ?? ""));
  const speed = useMachineStore(({ $server }) => Number($server.machines.get(machine)?.speed ?? 0));
  return (
    <li data-machine={machine} className={isCritical(status) ? "stopped" : ""}>
      <b>{machine}</b> <span>{status}</span> <meter value={speed} max={3000} />
      <output className={look} data-look={look}>
        {String(value ?? "–")} {SIGNS[look]}
      </output>
      {look === "optimistic" && <small>the machine reports {String(server ?? "–")}</small>}
      {message && <small>{message}</small>}
    </li>
  );
}

function Batch({ txId }: { txId: string }) {
  const transaction = useTransaction(txId);
  if (!transaction) return <p role="status">Settled.</p>;
  return <p role="status">This workbook is {transaction.status}.</p>;
}
