/** Who changed the fields in conflict: fetched once for each line, when a preview finds a conflict. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { Plant } from "../../contract/plant.ts";
import type { Row } from "../../preview/index.ts";
import { sayFailed } from "../frame/toasts.ts";
import { fetchChanges } from "./fetchChanges.ts";
import { takeChanges } from "./workbook.ts";

/** Fetched again when other rows are in conflict, or the same ones changed again. */
export function useNames(rows: readonly Row[], plant: Plant): void {
  const moved = useMemo(
    () =>
      rows
        .filter((row) => row.state === "conflict")
        .map((row) => `${row.key} ${row.now} ${row.base}`)
        .join("\n"),
    [rows],
  );
  const { data, error } = useQuery({
    queryKey: ["changes", moved],
    queryFn: async ({ signal }) => {
      const machines = moved.split("\n").map((key) => key.split(" ", 1)[0] ?? "");
      const lines = new Set(machines.flatMap((machine) => plant.machines.get(machine)?.line ?? []));
      const found = await Promise.all([...lines].map((line) => fetchChanges(line, signal)));
      return found.flat();
    },
    enabled: moved !== "",
    gcTime: 0,
  });
  useEffect(() => {
    if (data) takeChanges(data);
  }, [data]);
  useEffect(() => {
    if (error) sayFailed(error);
  }, [error]);
}
