/**
 * Reads a small workbook of its own, so that the browser has compiled the reader when a person's file comes: the first
 * file of a new worker takes much longer than the next.
 */
import { machineId } from "../contract/index.ts";
import { BatchUploadSchema, type Form, gather, haveLetters } from "../ingest/index.ts";
import { readSheets } from "./readSheets.ts";
import { storedZip } from "./zip/storedZip.ts";

const ROWS = 40;
const ID = "Machine ID";
const TARGET = "Target Speed";
const MACHINES = Array.from({ length: ROWS }, (_, at) => `m_${at + 1}`);

const FORM: Form = {
  idColumn: ID,
  idAliases: [],
  fields: [
    {
      name: "targetSpeed",
      type: "number",
      unit: "rpm",
      minimum: 0,
      maximum: 3_000,
      options: [],
      isWritable: true,
      column: TARGET,
      aliases: [],
      isRequired: true,
    },
  ],
  machines: MACHINES,
};

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function relations(type: string, target: string): string {
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${OFFICE}/${type}" Target="${target}"/></Relationships>`;
}

const text = (cell: string, value: string) => `<c r="${cell}" t="inlineStr"><is><t>${value}</t></is></c>`;

function workbook(): Uint8Array<ArrayBuffer> {
  const rows = MACHINES.map(
    (_, at) =>
      `<row r="${at + 2}">${text(`A${at + 2}`, `m:${at + 1}`)}<c r="B${at + 2}"><v>${1_000 + at}</v></c></row>`,
  );
  const header = `<row r="1">${text("A1", ID)}${text("B1", TARGET)}</row>`;
  const parts = {
    "_rels/.rels": relations("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": `<workbook ${MAIN} xmlns:r="${OFFICE}"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations("worksheet", "worksheets/sheet1.xml"),
    "xl/worksheets/sheet1.xml": `<worksheet ${MAIN}><sheetData>${header}${rows.join("")}</sheetData></worksheet>`,
  };
  const encoder = new TextEncoder();
  return storedZip(new Map(Object.entries(parts).map(([name, part]) => [name, encoder.encode(part)])));
}

/** How many targets were read: all of them. */
export async function warmUp(): Promise<number> {
  const steps = gather(await readSheets(workbook()), FORM);
  let step = steps.next();
  while (!step.done) step = steps.next();
  const { machines, targets } = step.value;
  const rows = machines.map((machine, index) => ({ machineId: machineId(machine), ...targets[index] }));
  const checked = BatchUploadSchema(FORM.fields, haveLetters(FORM.machines)).safeParse(rows);
  return checked.success ? checked.data.length : 0;
}
