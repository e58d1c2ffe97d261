/** What `readWorkbooks.mjs` takes from the board, in one module, so that each class exists once. */
export { foreignNames, parseSheets, WorkbookError } from "../ingest/index.ts";
export { readSheets } from "../workers/readSheets.ts";
