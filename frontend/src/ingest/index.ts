/** From the cells of a workbook to a `ParsedBatch` (contract section 5). Twin of `src/setpoint/core/ingest`. */
export { CHUNK_ROWS, CHUNKED_OVER_ROWS, gather, type Progress, parseSheets } from "./batch.ts";
export { cast, wants } from "./cast.ts";
export { type Cell, type Sheet, type Special, WorkbookError, written } from "./cells.ts";
export { formOf } from "./form.ts";
export { type FoundRow, foundIn, type Judgement, judgeRow } from "./found.ts";
export { BASE_SHEET, type Form, type FormField, foreignNames, RESULT_COLUMNS } from "./header.ts";
export { haveLetters } from "./machines.ts";
export {
  BatchUploadSchema,
  type Gathered,
  type Ingested,
  IngestedSchema,
  type Issue,
  issueMessage,
  type ParsedBatch,
  ParsedBatchSchema,
  type Targets,
} from "./schema.ts";
