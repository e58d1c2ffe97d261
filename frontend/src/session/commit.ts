/**
 * A commit on its way: shown at once, sent, followed to its end; and the plain words when it ends later.
 *
 * The store decides what is pending and when it is over; here its questions are asked over HTTP and its notices are
 * said. The txId is made before anything is sent (TX-2), so that an answer that never comes can still be asked for.
 */
import { toast } from "sonner";
import { machineId } from "../contract/index.ts";
import { countSentence } from "../format/counts.ts";
import { GLYPH, withStatusWords } from "../format/index.ts";
import { countTargets, type Withdrawal, withdrawalOf } from "../preview/index.ts";
import { batchBody, type Effect, type Notice, targetsOf } from "../store/machine/index.ts";
import {
  type Base,
  type BatchRequest,
  cancelBatch,
  fetchBatch,
  keepFile,
  postAgain,
  postBatch,
  type Source,
  type Updates,
} from "./batches.ts";
import { ApiProblem, messageOf } from "./http.ts";
import { holdNow, notAfter, tell, transactionOf } from "./live.ts";

export type { Source } from "./batches.ts";

export interface Targets {
  updates: Updates;
  /** The revs that the person saw; the store's own where it is silent. */
  base?: Base;
  atomic?: boolean;
  source?: Source;
  /** The workbook itself, kept by the server beside the batch. */
  file?: File;
  /** The batch that these targets undo or try again, whole. */
  follows?: { readonly txId: string; readonly kind: "undo" | "retry" };
  reason?: string;
}

/**
 * Shows the targets at once and sends them after the next paint. Returns the txId to follow them by; null where the
 * connection is not live, and then nothing is shown and nothing is sent.
 */
export function commitTargets({ updates, base, ...rest }: Targets): string | null {
  const hold = holdNow();
  if (hold) {
    toast.warning(hold, { id: "hold", duration: DURATION_MS.unknown });
    return null;
  }
  const txId = newTxId();
  tell({ type: "commit", txId, updates, ...(base ? { base } : {}) });
  afterPaint(() => void send(txId, rest));
  return txId;
}

async function send(txId: string, targets: Omit<Targets, "updates" | "base">): Promise<void> {
  const { file, follows, ...rest } = targets;
  const transaction = transactionOf(txId);
  if (!transaction) return;
  const { updates, base } = batchBody(transaction);
  if (Object.keys(updates).length === 0) return; // all voided between the click and the paint (SAFE-2)
  tell({ type: "inflight", txId });
  const until = notAfter();
  const request: BatchRequest = {
    txId,
    updates,
    base,
    ...rest,
    ...(until === null ? {} : { notAfter: until }),
  };
  const posted = follows ? postAgain(follows.txId, follows.kind, request) : postBatch(request);
  if (file && rest.source) keep(txId, posted, file, rest.source);
  try {
    const { results } = await posted;
    tell({ type: "answered", txId, results });
  } catch (error) {
    if (isRefusal(error)) tell({ type: "refused", txId, message: refusalWords(error) });
    else tell({ type: "lost", txId });
  }
}

/** "in-progress" is no refusal: the first request of this txId is still running (CMD-2). */
function isRefusal(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && error.status < 500 && error.kind !== "in-progress";
}

/** A whole batch that the server refused never left it: that is said, so that nobody looks for a fault at the machine. */
function refusalWords({ kind, message }: ApiProblem): string {
  if (kind === "too-late")
    return "Not sent: it reached the server too late. Look at the machine, then ask again.";
  return message.startsWith("Not sent") ? message : `Not sent: ${message}`;
}

/**
 * Takes back what of a commit has not left. Before it is sent, the page itself does; after that the server, which
 * refuses the batch should it come later than this. The rows tell their ends by the stream, as always.
 */
export async function withdraw(txId: string): Promise<Withdrawal> {
  const transaction = transactionOf(txId);
  const all = transaction ? targetsOf(transaction).length : 0;
  if (transaction?.status === "optimistic") {
    tell({ type: "cancel", txId });
    return { withdrawn: all, handedOver: 0 };
  }
  const { results } = await cancelBatch(txId);
  if (results.length === 0) return { withdrawn: all, handedOver: 0 };
  return withdrawalOf(results);
}

const keeping = new Map<string, Promise<void>>();

/**
 * Keeps the workbook once its batch was taken, or may have been. The promise is there before the answer is: outcomes
 * come by the stream, often sooner, and with them the wish for the workbook back.
 */
function keep(txId: string, posted: Promise<unknown>, file: File, source: Source): void {
  const kept = posted.then(
    () => keepFile(file, source),
    (error) => (isRefusal(error) ? undefined : keepFile(file, source)),
  );
  kept.catch(() => {}); // told to whoever asks for the workbook (`whenKept`)
  keeping.set(txId, kept);
}

/** Resolves when the workbook of a commit of this page is kept by the server; at once for any other batch. */
export async function whenKept(txId: string): Promise<void> {
  await keeping.get(txId);
}

/** What the store asks of the page, beside what it shows. */
export function playEffect(effect: Effect): void {
  if (effect.type === "askBatch") void askFor(effect.txId);
  else if (effect.type === "notify") say(effect.notice);
}

async function askFor(txId: string): Promise<void> {
  try {
    const { results } = await fetchBatch(txId);
    tell({ type: "answered", txId, results });
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) tell({ type: "notFound", txId });
    // Any other failure: the store asks again after the next hello.
  }
}

type Kind = Notice["kind"];

/**
 * One toast a commit, rewritten as its rows end. Warnings and failures are said on every page; that all is applied only
 * where no view shows it row by row.
 */
function say({ txId, kind, message, machine }: Notice): void {
  const id = machineId(machine);
  if (kind === "superseded") return;
  const transaction = transactionOf(txId);
  const targets = transaction ? targetsOf(transaction) : [];
  if (transaction?.status === "failed") {
    toast.error(message, { id: txId, duration: DURATION_MS.failed }); // the whole batch was refused
    return;
  }
  if (targets.length <= 1) {
    const said = withStatusWords(message);
    const words = kind === "late" ? `${GLYPH.confirmed} ${said}` : said;
    const text = words.includes(id) ? words : `${id}: ${words}`;
    if (kind !== "reconciled") toastOf(kind)(text, { id: txId, duration: DURATION_MS[kind] });
    return;
  }
  const counts = countTargets(targets);
  if (counts.open > 0) return;
  const worst: Kind = counts.notApplied > 0 ? "failed" : counts.unknown > 0 ? "unknown" : "reconciled";
  if (worst === "reconciled" && watched.has(txId)) return;
  toastOf(worst)(countSentence(counts), { id: txId, duration: DURATION_MS[worst] });
}

const watched = new Set<string>();

/** While a view shows what becomes of a commit row by row, no toast repeats its success. */
export function watchCommit(txId: string): () => void {
  watched.add(txId);
  toast.dismiss(txId);
  return () => watched.delete(txId);
}

const DURATION_MS: Record<Kind, number> = {
  reconciled: 5_000,
  failed: 10_000,
  conflict: 10_000,
  cancelled: 10_000,
  unknown: 20_000,
  late: 10_000,
  superseded: 0,
};

function toastOf(kind: Kind) {
  if (kind === "failed" || kind === "cancelled") return toast.error;
  if (kind === "conflict" || kind === "unknown" || kind === "late") return toast.warning;
  return toast.success;
}

/** For what a person asked and the server refused or never answered. */
export function sayFailed(error: unknown): void {
  toast.error(messageOf(error));
}

/** After the browser has painted what was just shown; at once where nobody looks. */
function afterPaint(run: () => void): void {
  if (document.visibilityState === "hidden") run();
  else requestAnimationFrame(() => setTimeout(run));
}

/** A random UUID. `crypto.randomUUID` is missing on pages without TLS, where boards are often opened. */
export function newTxId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
