/** The person's own workbook, handed back with what became of each row. */
import { batchPath } from "../../session/batches.ts";
import { sayFailed, whenKept } from "../../session/commit.ts";
import { download } from "../../session/http.ts";

/** Why targets of the workbook were not sent, by machine and field. */
export type Reasons = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Rejects with what the person is to be told, or with the signal's reason. */
export async function downloadAnnotated(txId: string, signal: AbortSignal, notSent?: Reasons): Promise<void> {
  await whenKept(txId);
  signal.throwIfAborted();
  const more = notSent ? ({ method: "POST", json: { notSent } } as const) : {};
  await download(batchPath(txId, "/result.xlsx"), "setpoint-result.xlsx", { signal, ...more });
}

/** The workbook to the byte as it was. */
export async function downloadOriginal(txId: string): Promise<void> {
  try {
    await whenKept(txId);
    await download(batchPath(txId, "/file"), "setpoint-workbook.xlsx");
  } catch (error) {
    sayFailed(error);
  }
}
