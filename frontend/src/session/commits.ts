/**
 * Runs commits: shows them at once, sends them, and follows them to their end.
 *
 * The store decides what is pending and when it is over; this module makes its requests over HTTP. The txId is made
 * before anything is sent (TX-2), so that the outcome can be asked for even if no answer comes.
 */

import { newTxId } from "../contract/txId.ts";
import { type Withdrawal, withdrawalOf } from "../preview/index.ts";
import { ANSWER_WITHIN_MS, batchBody, type Notice, targetsOf } from "../store/machine/index.ts";
import { ApiProblem, type Say } from "./api.ts";
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
import type { Session } from "./session.ts";

/** The targets of a commit, and the revs that they are based on. */
export interface Targets {
  readonly updates: Updates;
  /** The revs that the person saw; by default the store's own. */
  readonly base?: Base;
  readonly atomic?: boolean;
  readonly source?: Source;
  /** The workbook itself, which the server stores beside the batch. */
  readonly file?: File;
  /** The complete batch that these targets undo or retry. */
  readonly follows?: { readonly txId: string; readonly kind: "undo" | "retry" };
  readonly reason?: string;
  /** The id of the commit; by default a new one. */
  readonly txId?: string;
}

/**
 * The message of every target of a batch that a second person must confirm: it is not sent yet, and it has not failed.
 */
const WAITS = "Waits for a second person, at most ten minutes";

export function isWaiting({ message }: Pick<Notice, "message">): boolean {
  return message === WAITS;
}

export class Commits {
  readonly #session: Session;
  readonly #keeping = new Map<string, Promise<void>>();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Shows the targets at once and sends them after the next paint. Returns the txId to follow them by; null if the
   * connection is not live (`Session.hold` says why), then nothing is shown or sent.
   */
  commit({ updates, base, txId = newTxId(), ...rest }: Targets): string | null {
    if (this.#session.hold() !== null) return null;
    this.#session.step({ type: "commit", txId, updates, ...(base ? { base } : {}) });
    afterPaint(() => void this.#send(txId, rest));
    return txId;
  }

  async #send(txId: string, { file, follows, ...rest }: Omit<Targets, "updates" | "base">): Promise<void> {
    const { api } = this.#session;
    const transaction = this.#session.transaction(txId);
    if (!transaction) return;
    const { updates, base } = batchBody(transaction);
    if (Object.keys(updates).length === 0) return; // all voided between the click and the paint (SAFE-2)
    this.#session.step({ type: "inflight", txId });
    const notAfter = this.#notAfter();
    const request: BatchRequest = {
      ...rest,
      txId,
      updates,
      base,
      ...(notAfter === null ? {} : { notAfter }),
    };
    const posted = follows ? postAgain(api, follows.txId, follows.kind, request) : postBatch(api, request);
    if (file && rest.source) this.#keep(txId, posted, file, rest.source);
    try {
      const { results } = await posted;
      this.#session.step({ type: "answered", txId, results });
    } catch (error) {
      if (isRefusal(error))
        this.#session.step({ type: "refused", txId, message: refusalWords(error, this.#session.api.say) });
      else this.#session.step({ type: "lost", txId });
    }
  }

  /** The server's time until which it may send a commit that is made now (CMD-8). Null before that time is known. */
  #notAfter(): number | null {
    const now = this.#session.connection.serverTime();
    return now === null ? null : now + ANSWER_WITHIN_MS / 1000;
  }

  /**
   * Withdraws the targets of a commit that have not left. Before the commit is sent, the page does this itself; after
   * that the server, which also refuses the batch if it arrives later. The rows show their outcomes from the stream, as
   * always.
   */
  async withdraw(txId: string): Promise<Withdrawal> {
    const transaction = this.#session.transaction(txId);
    const all = transaction ? targetsOf(transaction).length : 0;
    if (transaction?.status === "optimistic") {
      this.#session.step({ type: "cancel", txId });
      return { withdrawn: all, handedOver: 0 };
    }
    const { results } = await cancelBatch(this.#session.api, txId);
    if (results.length === 0) return { withdrawn: all, handedOver: 0 };
    return withdrawalOf(results);
  }

  /** Resolves when the server has stored the workbook of a commit of this page; at once for any other batch. */
  async whenKept(txId: string): Promise<void> {
    await this.#keeping.get(txId);
  }

  /** Asks the server for a batch whose end is not known, for the store. */
  async askFor(txId: string): Promise<void> {
    const askedMs = performance.now();
    try {
      const { results } = await fetchBatch(this.#session.api, txId);
      this.#session.step({ type: "answered", txId, results });
    } catch (error) {
      if (error instanceof ApiProblem && error.kind === "unknown-batch")
        this.#session.step({ type: "notFound", txId, askedMs });
      // Any other failure: the store asks again after the next hello.
    }
  }

  /**
   * Stores the workbook once its batch was accepted, or may have been. The promise exists before the answer comes,
   * because outcomes often arrive sooner on the stream, and people may then want the workbook.
   */
  #keep(txId: string, posted: Promise<unknown>, file: File, source: Source): void {
    const { api } = this.#session;
    const kept = posted.then(
      () => keepFile(api, file, source),
      (error) => (isRefusal(error) ? undefined : keepFile(api, file, source)),
    );
    kept.catch(() => {}); // `whenKept` reports the error to callers that need the workbook
    this.#keeping.set(txId, kept);
  }
}

/**
 * "in-progress" is not a refusal: the first request of this txId is still running (CMD-2). Nor is 408: the server, or
 * a proxy before it, has waited in vain.
 */
function isRefusal(error: unknown): error is ApiProblem {
  if (!(error instanceof ApiProblem) || error.status === 408) return false;
  return error.status < 500 && error.kind !== "in-progress";
}

/**
 * Says that a batch which the server refused as a whole was never sent, so that nobody looks for a fault at the
 * machine.
 */
function refusalWords({ kind, message }: ApiProblem, say: Say): string {
  if (kind === "needs-second-person") return WAITS;
  if (kind === "too-late")
    return say("too-late", "Not sent: it reached the server too late. Look at the machine, then ask again.");
  return message.startsWith("Not sent")
    ? message
    : say("not-sent", `Not sent: ${message}`, { problem: message });
}

/** Runs after the browser has painted; at once if the page is hidden. */
function afterPaint(run: () => void): void {
  if (document.visibilityState === "hidden") run();
  else requestAnimationFrame(() => setTimeout(run));
}
