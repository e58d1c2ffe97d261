/** People can drop a workbook, or paste cells, anywhere on the page. */

import { useEffect, useState } from "react";
import { go } from "../../router.ts";
import { useSession } from "../../session/context.tsx";
import { t } from "../../texts/catalogue.ts";
import { toast } from "../../ui/toast.ts";
import { prepareParser } from "../../workers/excelParser.ts";
import { openCells, openFile } from "./workbook.ts";

/** Why the dropped files are not read; null for one file. */
function refusalOf(dropped: DataTransfer | null): string | null {
  const entry = dropped?.items?.[0]?.webkitGetAsEntry?.();
  if (entry?.isDirectory) return t("drop-folder");
  const count = dropped?.files.length ?? 0;
  return count > 1 ? t("drop-many", { count }) : null;
}

export function DropZone() {
  const session = useSession();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      prepareParser();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      setOver(false);
      const refusal = refusalOf(event.dataTransfer);
      if (refusal) toast.warning(refusal);
      const file = event.dataTransfer?.files[0];
      if (!file || refusal) return;
      openFile(file, session);
      go({ view: "upload" });
    };
    const onPaste = (event: ClipboardEvent) => {
      const target = event.target;
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
      const file = event.clipboardData?.files[0];
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (file && /\.(xlsx|xlsm|xlsb|xls|ods|csv)$/i.test(file.name)) openFile(file, session);
      else if (text.trim().includes("\n")) openCells(text, session);
      else return;
      event.preventDefault();
      go({ view: "upload" });
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape") setOver(false);
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    window.addEventListener("paste", onPaste);
    window.addEventListener("keydown", onKeyDown);
    return () => {
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
      window.removeEventListener("paste", onPaste);
      window.removeEventListener("keydown", onKeyDown);
    };
  }, [session]);
  if (!isOver) return null;
  return (
    <div className="drop-here">
      <p>
        <strong>{t("drop-title")}</strong>
        <span>{t("drop-about")}</span>
      </p>
    </div>
  );
}
