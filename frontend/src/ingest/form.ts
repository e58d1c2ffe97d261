/** The form of the plant's workbooks, for readers of their rows. */
import type { Plant } from "../contract/plant.ts";
import type { Form } from "./header.ts";

/** What a workbook of this plant's targets looks like: its columns, fields and machines. */
export function formOf({ idColumn, idAliases, fields, machines }: Plant): Form {
  return { idColumn, idAliases, fields, machines: [...machines.keys()] };
}
