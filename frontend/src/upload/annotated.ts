/** The person's own workbook, handed back with what became of each row. */
import { batchPath } from "../api/batches.ts";
import { download } from "../api/http.ts";
import { sayFailed } from "../commit.ts";

/** `file` is the original where this page still has it; else the server's kept copy is annotated. */
export async function downloadAnnotated(txId: string, _file: File | null): Promise<void> {
  try {
    await download(batchPath(txId, "/result.xlsx"), "setpoint-result.xlsx");
  } catch (error) {
    sayFailed(error);
  }
}
