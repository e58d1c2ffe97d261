/** The annotated copy: the person's workbook with the outcome of each row. */
import { batchPath } from "../../session/batches.ts";
import type { Session } from "../../session/session.ts";
import { sayFailed } from "../frame/toasts.ts";

/** Why targets of the workbook were not sent, by machine and field. */
export type Reasons = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Rejects with a message for the person, or with the signal's reason. */
export async function downloadAnnotated(
  session: Session,
  txId: string,
  signal: AbortSignal,
  notSent?: Reasons,
): Promise<void> {
  await session.commits.whenKept(txId);
  signal.throwIfAborted();
  const more = notSent ? ({ method: "POST", json: { notSent } } as const) : {};
  await session.api.download(batchPath(txId, "/result.xlsx"), "setpoint-result.xlsx", { signal, ...more });
}

/** The original workbook, byte for byte. */
export async function downloadOriginal(session: Session, txId: string): Promise<void> {
  try {
    await session.commits.whenKept(txId);
    await session.api.download(batchPath(txId, "/file"), "setpoint-workbook.xlsx");
  } catch (error) {
    sayFailed(error);
  }
}
