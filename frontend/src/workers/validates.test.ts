// @vitest-environment happy-dom
/** Every row passes `BatchUploadSchema` on its way out of the worker. */
import { expect, it, vi } from "vitest";
import type { Form } from "../ingest/index.ts";
import { readHere } from "../testing/localWorker.ts";
import { PLANT } from "../testing/mount.tsx";
import { parseWorkbook } from "./excelParser.ts";

/** A schema that is stricter than the walk through the cells, so that it decides. */
vi.mock("../ingest/index.ts", async (original) => {
  const ingest = await original<typeof import("../ingest/index.ts")>();
  const BatchUploadSchema = (fields: Form["fields"]) =>
    ingest.BatchUploadSchema(fields.map((field) => ({ ...field, maximum: 100 })));
  return { ...ingest, BatchUploadSchema };
});

it("refuses a file with a row that the schema refuses, and reads one whose rows it accepts [XL-2]", async () => {
  const { formOf } = await import("../ingest/index.ts");
  const parse = (speed: number) =>
    parseWorkbook(new Blob([`Machine ID,Target Speed\nm:401,${speed}\n`]), formOf(PLANT));
  readHere();
  await expect(parse(101)).rejects.toMatchObject({ code: "invalid_row" });
  readHere();
  expect((await parse(100)).ingested.batch.validRows).toEqual({ m_401: { targetSpeed: 100 } });
});
