/** The first view of an upload: choose, drop or paste. The parser starts while the person looks for the file. */

import { type ChangeEvent, useEffect, useRef } from "react";
import { useSession } from "../../session/context.tsx";
import { t } from "../../texts/catalogue.ts";
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
  if (plant.writable.length === 0)
    return (
      <section className="choose" aria-labelledby="choose">
        <h1 id="choose">{t("upload-title")}</h1>
        <p>{t("file-problem-nothing_to_set")}</p>
      </section>
    );
  return (
    <section className="choose" aria-labelledby="choose">
      <h1 id="choose">{t("upload-title")}</h1>
      <p>{t("upload-about")}</p>
      {!plant.mayChange && <p className="amber">{t("upload-look-only")}</p>}
      <div className="buttons">
        <button type="button" className="primary" onClick={() => input.current?.click()}>
          {t("upload-choose")}
        </button>
        <a className="button" href="/api/template.xlsx" download>
          {t("upload-template")}
        </a>
      </div>
      <input
        ref={input}
        type="file"
        className="unseen"
        tabIndex={-1}
        aria-label={t("upload-workbook")}
        accept=".xlsx,.xlsm,.xls,.xlsb,.ods,.csv"
        onChange={take}
      />
      <p className="quiet">
        {t("upload-formats", {
          megabytes: 20,
          columns: [
            plant.idColumn,
            ...plant.writable.map(({ column, isRequired }) =>
              isRequired ? column : t("upload-optional", { column }),
            ),
          ].join(", "),
        })}
      </p>
    </section>
  );
}
