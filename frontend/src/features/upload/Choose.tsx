/** The first view of an upload: choose, drop or paste. The parser starts while the person looks for the file. */
import { type ChangeEvent, useEffect, useRef } from "react";
import { useSession } from "../../session/context.tsx";
import { prepareParser } from "../../workers/excelParser.ts";
import { usePlant } from "../plant/plantContext.ts";
import { openFile } from "./workbook.ts";

export function Choose() {
  const session = useSession();
  const { plant } = usePlant();
  const input = useRef<HTMLInputElement>(null);
  useEffect(prepareParser, []);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) openFile(file, session);
    event.target.value = "";
  };
  return (
    <section className="choose" aria-labelledby="choose">
      <h1 id="choose">Change many machines from a workbook</h1>
      <p>
        Drop a workbook anywhere on this page, paste cells from a spreadsheet, or choose a file. Nothing is
        sent before you have seen what would change.
      </p>
      <div className="buttons">
        <button type="button" className="primary" onClick={() => input.current?.click()} data-autofocus="">
          Choose a workbook
        </button>
        <a className="button" href="/api/template.xlsx" download>
          Get the template
        </a>
      </div>
      <input
        ref={input}
        type="file"
        className="unseen"
        tabIndex={-1}
        aria-label="Workbook"
        accept=".xlsx,.xlsm,.xls,.xlsb,.ods,.csv"
        onChange={take}
      />
      <p className="quiet">
        xlsx, xlsm, xls, xlsb, ods or csv, up to 20 MB, with the columns {plant.idColumn},{" "}
        {plant.writable.map((field) => `${field.column}${field.isRequired ? "" : " (optional)"}`).join(", ")}.
      </p>
    </section>
  );
}
