/** The person's own workbook, handed back with what became of each row. */
import { batchPath } from "../api/batches.ts";
import { download } from "../api/http.ts";
import { sayFailed, whenKept } from "../commit.ts";

export async function downloadAnnotated(txId: string): Promise<void> {
  try {
    await whenKept(txId);
    await download(batchPath(txId, "/result.xlsx"), "setpoint-result.xlsx");
  } catch (error) {
    sayFailed(error);
  }
}
