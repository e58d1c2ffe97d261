/** Sends targets; if the connection is not live, a toast says why and nothing is sent. */
import { linkHoldWords } from "../../format/index.ts";
import type { Targets } from "../../session/commits.ts";
import type { Session } from "../../session/session.ts";
import { toast } from "../../ui/toast.ts";

const SHOWN_MS = 20_000;

/** The txId of the commit; null if nothing was sent. */
export function commitTargets(session: Session, targets: Targets): string | null {
  const hold = session.hold();
  if (hold) toast.warning(linkHoldWords(hold), { id: "hold", duration: SHOWN_MS });
  return hold ? null : session.commits.commit(targets);
}
