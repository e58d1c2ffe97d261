/** Something in a file that lies outside the grammar of `docs/reference/workbooks.md`. The message says what was found. */
export class GrammarError extends Error {
  override readonly name = "GrammarError";
}
