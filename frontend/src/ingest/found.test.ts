import { describe, expect, test } from "vitest";
import {
  type Cell,
  type Form,
  type FormField,
  foundIn,
  issueMessage,
  judgeRow,
  parseSheets,
} from "./index.ts";

const FIELD: FormField = {
  name: "targetSpeed",
  type: "number",
  unit: "rpm",
  minimum: 0,
  maximum: 3000,
  options: [],
  isWritable: true,
  column: "Target Speed",
  aliases: [],
  isRequired: true,
};
const MODE: FormField = {
  ...FIELD,
  name: "mode",
  type: "choice",
  unit: "",
  options: ["RUN", "IDLE"],
  column: "Mode",
  isRequired: false,
};
const FORM: Form = {
  idColumn: "Machine ID",
  idAliases: [],
  fields: [FIELD, MODE],
  machines: ["m_1", "m_2", "m_3"],
};

describe("rows with errors [XL-2]", () => {
  const rows: Cell[][] = [
    ["Shift plan"],
    ["Target Speed [rpm]", "Remark", "Machine ID"],
    [100, "", "m:1"],
    [{ t: "percent", v: 1.2 }, "as told", "m:2"],
    ["x".repeat(5000), "", "m:9"],
  ];
  const sheets = [
    { name: "Notes", rows: [["nothing"]] },
    { name: "Targets", rows, firstRow: 4 },
  ];

  test("are reported with their cells, by the plant's columns, and no other row is", () => {
    const { sheet, batch } = parseSheets(sheets, FORM, "tx");
    expect(foundIn(sheets, FORM, { sheet, errors: batch.errors })).toEqual({
      7: { "Machine ID": "m:2", "Target Speed": { t: "percent", v: 1.2 } },
      8: { "Machine ID": "m:9", "Target Speed": "x".repeat(400) },
    });
  });

  test("are refused again with the same message until they are corrected", () => {
    const { sheet, batch } = parseSheets(sheets, FORM, "tx");
    const found = foundIn(sheets, FORM, { sheet, errors: batch.errors });
    const again = judgeRow(found[7] ?? {}, FORM);
    expect("errors" in again && again.errors.map(issueMessage)).toEqual(
      batch.errors.filter(({ row }) => row === 7).map(issueMessage),
    );
  });

  test("are accepted once they are correct, each cell by the rules of a workbook", () => {
    expect(judgeRow({ "Machine ID": " M:2 ", "Target Speed": "1.234,5", Mode: "run" }, FORM)).toEqual({
      machine: "m_2",
      targets: { targetSpeed: 1234.5, mode: "RUN" },
    });
    const wrong = judgeRow({ "Machine ID": "m:9", "Target Speed": "1,250", Mode: "FAST" }, FORM);
    expect("errors" in wrong && wrong.errors.map(({ code }) => code)).toEqual([
      "unknown_machine",
      "ambiguous_number",
      "not_an_option",
    ]);
  });

  test("ask for a machine when everything in them was cleared", () => {
    const judged = judgeRow({ "Machine ID": null, "Target Speed": null }, FORM);
    expect("errors" in judged && judged.errors).toMatchObject([{ code: "no_id", column: "Machine ID" }]);
  });
});
