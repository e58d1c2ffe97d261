/** The board reads the shared workbooks; Python reads the same files and is held to the same outcomes (XL-9). */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  type Form,
  foreignNames,
  type Ingested,
  IngestedSchema,
  parseSheets,
  WorkbookError,
} from "../ingest/index.ts";
import { readSheets } from "./readSheets.ts";

interface Expected {
  readonly plants: { readonly small: Form; readonly large: Form & { readonly machinesCount: number } };
  readonly outcomes: Readonly<Record<string, unknown>>;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TX_ID = "8b7e1c52-6d0f-4a3e-9d51-0c6f0a4f9e21";
const SHOWN_ISSUES = 12;
const LIMIT_MS = 60_000;

const expected = JSON.parse(readFileSync(join(ROOT, "tests/workbooks/expected.json"), "utf8")) as Expected;

/** Makes the workbooks if they do not exist yet, and returns their folder. */
function folder(): string {
  const own = join(ROOT, ".venv/bin/python");
  const python = process.env.SETPOINT_PYTHON ?? (existsSync(own) ? own : "python3");
  return execFileSync(python, ["-m", "tests.workbooks"], { cwd: ROOT, encoding: "utf8" }).trim();
}

function plantOf(name: string): Form {
  const { small, large } = expected.plants;
  if (!name.startsWith("a_hundred_thousand")) return small;
  return { ...large, machines: Array.from({ length: large.machinesCount }, (_, number) => `m_${number}`) };
}

async function outcome(path: string, form: Form): Promise<unknown> {
  try {
    const sheets = await readSheets(new Uint8Array(readFileSync(path)), foreignNames(form));
    return { state: brief(IngestedSchema.parse(parseSheets(sheets, form, TX_ID))) };
  } catch (error) {
    if (!(error instanceof WorkbookError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

function brief({ batch, rows, ...rest }: Ingested): unknown {
  const first = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).slice(0, SHOWN_ISSUES));
  return {
    ...rest,
    rows: first(rows),
    batch: {
      ...batch,
      validRows: first(batch.validRows),
      errors: batch.errors.slice(0, SHOWN_ISSUES),
      warnings: batch.warnings.slice(0, SHOWN_ISSUES),
      errorsCount: batch.errors.length,
      warningsCount: batch.warnings.length,
    },
  };
}

describe("the shared workbooks", { timeout: LIMIT_MS }, () => {
  const path = folder();
  it.each(Object.keys(expected.outcomes))("%s", async (name) => {
    expect(await outcome(join(path, name), plantOf(name))).toEqual(expected.outcomes[name]);
  });
});
