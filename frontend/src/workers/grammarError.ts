/** Something in a file that lies outside the grammar of `docs/reference/workbooks.md`. The message names it.
 * */
export class GrammarError extends Error {
  override readonly name: string = "GrammarError";
}

/** The same in a cell. The message goes on after the cell's place: `holds “1,5”, which is no number`. */
export class CellError extends GrammarError {
  override readonly name = "CellError";
}
