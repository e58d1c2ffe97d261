/** The person's own workbook, handed back with what became of each row. */
import { batchPath } from "../api/batches.ts";
import { download } from "../api/http.ts";
import { sayFailed, whenKept } from "../commit.ts";

export async function downloadAnnotated(txId: string): Promise<void> {
  await handed(txId, "/result.xlsx");
}

/** The workbook to the byte as it was. */
export async function downloadOriginal(txId: string): Promise<void> {
  await handed(txId, "/file");
}

async function handed(txId: string, tail: string): Promise<void> {
  try {
    await whenKept(txId);
    await download(batchPath(txId, tail), "setpoint-result.xlsx");
  } catch (error) {
    sayFailed(error);
  }
}
