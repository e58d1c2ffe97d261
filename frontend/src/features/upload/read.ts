/** Reads the targets of a file or of pasted cells. The worker does the work, and a cancel ends it. */

import type { Plant } from "../../contract/plant.ts";
import { newTxId } from "../../contract/txId.ts";
import { formOf } from "../../ingest/index.ts";
import { parseWorkbook } from "../../workers/excelParser.ts";
import type { Workbook } from "./workbook.ts";

export interface Reading {
  onProgress: (done: number, total: number) => void;
  signal: AbortSignal;
}

/** The person's choice if a file can be read in several ways; null if they left it to the reader. */
export interface Choice {
  readonly sheet: string | null;
  /** Of a csv file. */
  readonly encoding: string | null;
}

export const NO_CHOICE: Choice = { sheet: null, encoding: null };

export async function readWorkbook(
  file: File,
  plant: Plant,
  { onProgress, signal }: Reading,
  { sheet, encoding }: Choice = NO_CHOICE,
): Promise<Workbook> {
  const { ingested, found, sha256, isText } = await parseWorkbook(file, formOf(plant), {
    txId: newTxId(),
    sheet,
    encoding,
    signal,
    onProgress: ({ done, total }) => onProgress(done, total),
  });
  const { batch, rows, base } = ingested;
  return {
    name: file.name,
    file,
    sha256,
    sheet: ingested.sheet,
    sheets: ingested.sheets,
    isText,
    encoding,
    total: batch.summary.total,
    asked: {
      targets: batch.validRows,
      rows,
      base,
      undoes: {},
      errors: batch.errors,
      warnings: batch.warnings,
    },
    found,
    follows: null,
  };
}

/** Cells as a spreadsheet puts them on the clipboard: lines of tab-separated text. There is no file to store. */
export async function readCells(
  text: string,
  name: string,
  plant: Plant,
  reading: Reading,
): Promise<Workbook> {
  const file = new File([text], name, { type: "text/tab-separated-values" });
  return { ...(await readWorkbook(file, plant, reading)), file: null, sha256: "", sheets: [], isText: false };
}
