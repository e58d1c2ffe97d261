/** What the cells of all formats refer to, and how a sheet that cannot be read is refused. */
import type { Cell } from "../ingest/cells.ts";
import type { NumberFormat } from "../ingest/formats.ts";
import { GrammarError } from "./grammarError.ts";
import { damaged } from "./limits.ts";
import type { Styles } from "./xlsx/styles.ts";

export interface Shared {
  readonly strings: readonly string[];
  readonly styles: Styles;
}

/** The cell of a number with a style. Throws `GrammarError` for a style that the file does not define. */
export function numberCell(number: number, style: number, styles: Styles): Cell {
  const format = formatAt(style, styles);
  if (!Number.isFinite(number)) throw new GrammarError(`a number ${number}`);
  return format ? format.cell(number) : number;
}

/** Null where numbers are shown as they are; without any styles every cell is General. */
export function formatAt(style: number, styles: Styles): NumberFormat | null {
  if (style >= styles.length && styles.length) throw new GrammarError(`a style ${style}`);
  return styles[style] ?? null;
}

/** Throws `GrammarError` for an index beyond the last shared string. */
export function stringAt(index: number, strings: readonly string[]): string {
  const string = strings[index];
  if (string === undefined) throw new GrammarError(`a shared string ${index}`);
  return string;
}

/** The refusal of a file whose sheet lies outside the grammar; any other error is itself. */
export function unreadable(sheet: string, error: unknown): unknown {
  if (!(error instanceof GrammarError || error instanceof RangeError)) return error;
  return damaged(`sheet “${sheet}” has cells that cannot be read`);
}
