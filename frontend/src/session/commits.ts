/**
 * Runs commits: shows them at once, sends them, and follows them to their end.
 *
 * The store decides what is pending and when it is over; this module makes its requests over HTTP. The txId is made
 * before anything is sent (TX-2), so that the outcome can be asked for even if no answer comes.
 */

import { newTxId } from "../contract/txId.ts";
import { type Withdrawal, withdrawalOf } from "../preview/index.ts";
import { batchBody, type Notice, targetsOf } from "../store/machine/index.ts";
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

/** The server answers a commit within so long (CMD-3); what it reads later than that, it must not send. */
const ANSWER_WITHIN_S = 3;

/** What a commit asks for, and upon which revs. */
export interface Targets {
  readonly updates: Updates;
  /** The revs that the person saw; the store's own where it is silent. */
  readonly base?: Base;
  readonly atomic?: boolean;
  readonly source?: Source;
  /** The workbook itself, kept by the server beside the batch. */
  readonly file?: File;
  /** The batch that these targets undo or try again, whole. */
  readonly follows?: { readonly txId: string; readonly kind: "undo" | "retry" };
  readonly reason?: string;
  /** The id of the commit; a new one where it is left out. */
  readonly txId?: string;
}

/** The message of every target of a batch that a second person has to confirm: it is not sent, and it has not failed. */
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
   * connection is not live (`Session.hold` says why), and then nothing is shown and nothing is sent.
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

  /** Until when the server may send what is committed now, in its own time (CMD-8). Null before it was heard. */
  #notAfter(): number | null {
    const now = this.#session.connection.serverTime();
    return now === null ? null : now + ANSWER_WITHIN_S;
  }

  /**
   * Takes back what of a commit has not left. Before it is sent, the page itself does; after that the server, which
   * refuses the batch should it come later than this. The rows show their ends by the stream, as always.
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

  /** Resolves when the workbook of a commit of this page is kept by the server; at once for any other batch. */
  async whenKept(txId: string): Promise<void> {
    await this.#keeping.get(txId);
  }

  /** Asks the server for a batch whose end is not known, for the store. */
  async askFor(txId: string): Promise<void> {
    try {
      const { results } = await fetchBatch(this.#session.api, txId);
      this.#session.step({ type: "answered", txId, results });
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) this.#session.step({ type: "notFound", txId });
      // Any other failure: the store asks again after the next hello.
    }
  }

  /**
   * Keeps the workbook once its batch was taken, or may have been. The promise is there before the answer is: outcomes
   * come by the stream, often sooner, and with them the wish for the workbook back.
   */
  #keep(txId: string, posted: Promise<unknown>, file: File, source: Source): void {
    const { api } = this.#session;
    const kept = posted.then(
      () => keepFile(api, file, source),
      (error) => (isRefusal(error) ? undefined : keepFile(api, file, source)),
    );
    kept.catch(() => {}); // whoever asks for the workbook learns of it (`whenKept`)
    this.#keeping.set(txId, kept);
  }
}

/** "in-progress" is no refusal: the first request of this txId is still running (CMD-2). */
function isRefusal(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && error.status < 500 && error.kind !== "in-progress";
}

/** A whole batch that the server refused never left it: that is said, so that nobody looks for a fault at the machine. */
function refusalWords({ kind, message }: ApiProblem, say: Say): string {
  if (kind === "needs-second-person") return WAITS;
  if (kind === "too-late")
    return say("too-late", "Not sent: it reached the server too late. Look at the machine, then ask again.");
  return message.startsWith("Not sent")
    ? message
    : say("not-sent", `Not sent: ${message}`, { problem: message });
}

/** After the browser has painted what was just shown; at once where nobody looks. */
function afterPaint(run: () => void): void {
  if (document.visibilityState === "hidden") run();
  else requestAnimationFrame(() => setTimeout(run));
}
