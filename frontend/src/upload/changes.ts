/** The names beside conflicts: asked for by line, once, where a preview has found something that moved. */
import { useEffect, useMemo, useState } from "react";
import { type Change, fetchChanges } from "../api/changes.ts";
import type { Plant } from "../api/plant.ts";
import { sayFailed } from "../commit.ts";
import type { DiffRow } from "./difference.ts";

export type Changes = ReadonlyMap<string, Change>;

const NONE: Changes = new Map();

/** What moved last, by the keys of the rows. Asked again when other rows are in conflict. */
export function useChanges(): [Changes, (changes: Changes) => void] {
  return useState(NONE);
}

export function useNames(rows: readonly DiffRow[], plant: Plant, tell: (changes: Changes) => void): void {
  const moved = useMemo(
    () =>
      rows
        .filter((row) => row.kind === "conflict")
        .map((row) => `${row.key} ${row.now}`)
        .join("\n"),
    [rows],
  );
  useEffect(() => {
    if (!moved) return;
    const machines = moved.split("\n").map((key) => key.split(" ", 1)[0] ?? "");
    const lines = new Set(machines.flatMap((machine) => plant.machines.get(machine)?.line ?? []));
    const abort = new AbortController();
    Promise.all([...lines].map((line) => fetchChanges(line, abort.signal))).then(
      (found) => tell(new Map(found.flat().map((each) => [`${each.machine} ${each.field}`, each]))),
      (error: unknown) => {
        if (!abort.signal.aborted) sayFailed(error);
      },
    );
    return () => abort.abort();
  }, [moved, plant, tell]);
}
