/**
 * How to show one field of one machine: the six looks of the specification, for any design.
 *
 * Optimistic from the click; confirmed from the first confirmation (the HTTP answer, or an outcome on the stream)
 * until a moment after the machine reports the target; then idle again (TX-5). A stop, a conflict and a failure end it
 * at once.
 */
import type { Value } from "../../contract/index.ts";
import type { MachineView, Notice, NoticeKind, Overlay } from "./types.ts";

/** How a field looks while a target is on its way, and for a moment after its end. */
export type Look = "idle" | "optimistic" | "confirmed" | "failed" | "conflict" | "unknown";

/** The look of a field, the value to show, and the machine's own value. */
export interface FieldFeedback {
  readonly look: Look;
  /** The shown value: the pending target, or else the machine's value. */
  readonly value: Value;
  /** The machine's own value, whatever is pending (TIER-4). */
  readonly server: Value;
  /** A sentence for people about an outcome; empty if there is none. */
  readonly message: string;
  /** The commit of this feedback; null if the field is idle. */
  readonly txId: string | null;
}

const LOOKS: { readonly [kind in NoticeKind]: Look } = {
  reconciled: "confirmed",
  late: "confirmed",
  failed: "failed",
  cancelled: "failed",
  conflict: "conflict",
  unknown: "unknown",
  superseded: "idle",
};

/** The look of a field, from its overlay and its last notice, and the sentence for people. */
export function lookOf(
  overlay: Overlay | undefined,
  notice: Notice | undefined,
): Pick<FieldFeedback, "look" | "message"> {
  if (overlay) return { look: overlay.phase === "confirmed" ? "confirmed" : "optimistic", message: "" };
  return notice ? { look: LOOKS[notice.kind], message: notice.message } : { look: "idle", message: "" };
}

/** The feedback of a field; idle, without a value, if its machine is not known. */
export function fieldFeedback(view: MachineView | undefined, field: string): FieldFeedback {
  const value = view?.record[field] ?? null;
  const overlay = view?.overlays[field];
  const notice = view?.notices[field];
  const txId = overlay?.txId ?? notice?.txId ?? null;
  return { ...lookOf(overlay, notice), value, server: overlay ? overlay.server : value, txId };
}
