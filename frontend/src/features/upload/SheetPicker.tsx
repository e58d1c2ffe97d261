/** Shows which sheet of the workbook is open, and lets the person choose another without dropping the file again. */
import { t } from "../../texts/catalogue.ts";
import { openSheet, type Workbook } from "./workbook.ts";

export function SheetPicker({ workbook: { sheet, sheets } }: { workbook: Workbook }) {
  const others = sheets.filter((name) => name !== sheet).length;
  if (sheets.length === 0) return null;
  if (others === 0) return <p className="quiet">{t("sheet-only", { sheet })}</p>;
  return (
    <label className="inline">
      <span>{t("sheet-title")}</span>
      <select value={sheet} onChange={(event) => openSheet(event.target.value)}>
        {sheets.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <span className="quiet">{t("sheet-others", { count: others })}</span>
    </label>
  );
}
