/** The board reads the files that a reader can get wrong; Python reads the same ones (`tests/workbooks/files`, XL-9). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Form, foreignNames, issueMessage, parseSheets, WorkbookError } from "../ingest/index.ts";
import { messageText } from "../texts/message.ts";
import { readSheets } from "./readSheets.ts";

type Target = readonly [machine: string, field: string, value: string | number];

interface Expected {
  readonly read: boolean;
  readonly allow: readonly Target[];
  readonly need: readonly Target[];
  readonly message?: string;
  /** What the person chose; the reader finds it otherwise. */
  readonly encoding?: string;
}

const FOLDER = fileURLToPath(new URL("../../../tests/workbooks/files/", import.meta.url));
const { plant, files } = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as {
  readonly plant: Form;
  readonly files: Readonly<Record<string, Expected>>;
};

/** The targets of a file and the messages about it; a refused file has no targets. */
async function readTargets(
  name: string,
  encoding: string | null,
): Promise<{ targets: Target[]; messages: string; isRefused: boolean }> {
  try {
    const bytes = new Uint8Array(readFileSync(join(FOLDER, name)));
    const sheets = await readSheets(bytes, foreignNames(plant), encoding);
    const { validRows, errors, warnings } = parseSheets(sheets, plant, "").batch;
    const targets = Object.entries(validRows).flatMap(([machine, fields]) =>
      Object.entries(fields).map(([field, value]): Target => [machine, field, value]),
    );
    return {
      targets,
      messages: [...errors, ...warnings].map((each) => messageText(issueMessage(each))).join(" "),
      isRefused: false,
    };
  } catch (error) {
    if (!(error instanceof WorkbookError)) throw error;
    return { targets: [], messages: error.message, isRefused: true };
  }
}

it("has an expectation for every file", () => {
  const names = readdirSync(FOLDER).filter((name) => name !== "expected.json" && name !== "README.md");
  expect(Object.keys(files).sort()).toEqual(names.sort());
});

describe("a file gives only the targets that it shows [XL-1] [XL-2] [XL-3] [XL-5] [XL-6]", () => {
  it.each(Object.entries(files))(
    "%s",
    async (name, { read, allow, need, message: pattern = "", encoding = null }) => {
      const { targets, messages, isRefused } = await readTargets(name, encoding);
      expect(isRefused && read, messages).toBe(false);
      for (const target of targets) expect(allow, messages).toContainEqual(target);
      if (read) for (const target of need) expect(targets, messages).toContainEqual(target);
      expect(messages).toMatch(new RegExp(pattern, "i"));
    },
  );
});
