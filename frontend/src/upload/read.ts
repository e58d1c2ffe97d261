/** From a file or pasted cells to what it asks for. */
import type { Plant } from "../api/plant.ts";
import type { Workbook } from "./workbook.ts";

export interface Reading {
  onProgress: (done: number, total: number) => void;
  signal: AbortSignal;
}

export async function readWorkbook(_file: File, _plant: Plant, _reading: Reading): Promise<Workbook> {
  throw new Error("not here yet");
}

export async function readPasted(_text: string, _plant: Plant, _reading: Reading): Promise<Workbook> {
  throw new Error("not here yet");
}
