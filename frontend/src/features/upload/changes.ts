/** Who moved what is in conflict: asked for by line, once, where a preview has found something that moved. */
import { useEffect, useMemo } from "react";
import type { Plant } from "../../contract/plant.ts";
import type { Row } from "../../preview/index.ts";
import { sayFailed } from "../frame/toasts.ts";
import { fetchChanges } from "./fetchChanges.ts";
import { tellChanges } from "./workbook.ts";

/** Asked again when other rows are in conflict, or the same ones moved once more. */
export function useNames(rows: readonly Row[], plant: Plant): void {
  const moved = useMemo(
    () =>
      rows
        .filter((row) => row.state === "conflict")
        .map((row) => `${row.key} ${row.now} ${row.base}`)
        .join("\n"),
    [rows],
  );
  useEffect(() => {
    if (!moved) return;
    const machines = moved.split("\n").map((key) => key.split(" ", 1)[0] ?? "");
    const lines = new Set(machines.flatMap((machine) => plant.machines.get(machine)?.line ?? []));
    const abort = new AbortController();
    Promise.all([...lines].map((line) => fetchChanges(line, abort.signal))).then(
      (found) => tellChanges(found.flat()),
      (error: unknown) => {
        if (!abort.signal.aborted) sayFailed(error);
      },
    );
    return () => abort.abort();
  }, [moved, plant]);
}
