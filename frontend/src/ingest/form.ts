/** What the plant's workbooks look like, for whoever reads rows of them. */
import type { Plant } from "../contract/plant.ts";
import type { Form } from "./header.ts";

/** What a workbook of this plant's targets looks like: its columns, fields and machines. */
export function formOf({ idColumn, idAliases, fields, machines }: Plant): Form {
  return { idColumn, idAliases, fields, machines: [...machines.keys()] };
}
