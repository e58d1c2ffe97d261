/** The person's own workbook, handed back with what became of each row. */
import { batchPath } from "../api/batches.ts";
import { download } from "../api/http.ts";
import { sayFailed, whenKept } from "../commit.ts";

/** Rejects with what the person is to be told, or with the signal's reason. */
export async function downloadAnnotated(txId: string, signal: AbortSignal): Promise<void> {
  await whenKept(txId);
  signal.throwIfAborted();
  await download(batchPath(txId, "/result.xlsx"), "setpoint-result.xlsx", { signal });
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
