/**
 * The board reads what the generated documents say (`/schema`, `/schema/asyncapi.json`): every call's schema and every
 * frame. The board may read less than a document describes, but it must not expect anything else.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  Ack,
  Auth,
  Delta,
  ErrorFrame,
  Hello,
  Pause,
  Ping,
  Pong,
  Resume,
  Snapshot,
  Subscribe,
  Unsubscribe,
} from "../contract/index.ts";
import * as account from "../features/account/session.ts";
import * as admin from "../features/admin/admin.ts";
import { fetchChannels, fetchDeliveries } from "../features/admin/deliveries.ts";
import { fetchAlarms } from "../features/alarms/alarms.ts";
import { fetchOpenAlarms } from "../features/alarms/openAlarms.ts";
import { fetchHeld } from "../features/batches/held.ts";
import { fetchEvents } from "../features/events/events.ts";
import { fetchDisk, fetchReady } from "../features/frame/DiskNotice.tsx";
import * as people from "../features/people/people.ts";
import { fetchReport, fetchShifts } from "../features/shifts/shifts.ts";
import { fetchHistory } from "../features/trends/fetchHistory.ts";
import { fetchChanges } from "../features/upload/fetchChanges.ts";
import { Api } from "../session/api.ts";
import * as batches from "../session/batches.ts";
import { fetchPlant } from "../session/plant.ts";
import { WAIT_MS } from "../testing/patience.ts";
import { z } from "../zod.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}
type Shapes = Readonly<Record<string, Schema>>;
interface Described {
  readonly parameters?: readonly { readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}
interface Documents {
  readonly openapi: {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
    readonly components: { readonly schemas: Shapes };
  };
  readonly asyncapi: { readonly components: { readonly schemas: Shapes } };
}
interface Call {
  readonly schema: z.ZodType;
  readonly method: string;
  readonly path: string;
  readonly json: unknown;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

function documents(): Documents {
  const own = join(ROOT, ".venv/bin/python");
  const python = process.env.SETPOINT_PYTHON ?? (existsSync(own) ? own : "python3");
  return JSON.parse(
    execFileSync(python, ["-m", "tests.documents"], { cwd: ROOT, encoding: "utf8" }),
  ) as Documents;
}

/** The alternatives of a schema, with its references resolved. */
function alternatives(schema: Schema, shapes: Shapes): Schema[] {
  if (schema.$ref?.startsWith("#/$defs/__")) return [{}]; // what holds itself (a message) is in the vectors
  if (schema.$ref !== undefined) {
    const found = shapes[schema.$ref.replace(/^.*\//, "")];
    if (found === undefined) throw new Error(`there is no ${schema.$ref}`);
    return alternatives(found, shapes);
  }
  const several = schema.anyOf ?? schema.oneOf ?? kinds(schema);
  return several === undefined ? [schema] : several.flatMap((each) => alternatives(each, shapes));
}

/** `{type: ["string", "null"]}` is two alternatives. */
function kinds({ type }: Schema): Schema[] | undefined {
  return typeof type === "object" ? type.map((each) => ({ type: each })) : undefined;
}

/** The differences between what the document describes and what the reader accepts. */
function differences(reader: Schema, documented: Schema, shapes: Shapes, at = "$"): string[] {
  const readers = alternatives(reader, {});
  return alternatives(documented, shapes).flatMap((each) => {
    const fits = readers.map((one) => differencesOfOne(one, each, shapes, at));
    return fits.find((found) => found.length === 0) ?? fits.sort((a, b) => a.length - b.length)[0] ?? [];
  });
}

function differencesOfOne(reader: Schema, documented: Schema, shapes: Shapes, at: string): string[] {
  const values = documented.enum ?? (documented.const === undefined ? undefined : [documented.const]);
  const read = reader.enum ?? (reader.const === undefined ? undefined : [reader.const]);
  if (read !== undefined)
    return (values ?? ["anything"])
      .filter((value) => !read.includes(value))
      .map((value) => `${at}: ${value} is not read`);
  const type = typeOf(documented);
  if (reader.type !== undefined && type !== undefined && reader.type !== type)
    if (!(reader.type === "number" && type === "integer"))
      return [`${at}: ${type} is documented, ${reader.type} is read`];
  return [...ofObjects(reader, documented, shapes, at), ...ofParts(reader, documented, shapes, at)];
}

function typeOf(schema: Schema): unknown {
  return schema.type ?? (schema.enum === undefined ? undefined : typeof schema.enum[0]);
}

function ofObjects(reader: Schema, documented: Schema, shapes: Shapes, at: string): string[] {
  return Object.entries(reader.properties ?? {}).flatMap(([name, inner]) => {
    const found = documented.properties?.[name];
    if (found === undefined) return [`${at}.${name}: is read and not documented`];
    const isMissing = reader.required?.includes(name) && !documented.required?.includes(name);
    return [
      ...(isMissing ? [`${at}.${name}: is required and may be missing`] : []),
      ...differences(inner, found, shapes, `${at}.${name}`),
    ];
  });
}

function ofParts(reader: Schema, documented: Schema, shapes: Shapes, at: string): string[] {
  const pairs: [Schema | boolean | undefined, Schema | boolean | undefined, string][] = [
    [reader.items, documented.items, `${at}[]`],
    [reader.additionalProperties, documented.additionalProperties, `${at}{}`],
  ];
  return pairs.flatMap(([one, other, place]) =>
    typeof one === "object" && typeof other === "object" ? differences(one, other, shapes, place) : [],
  );
}

const shapeOf = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as Schema;

/** `/api/batches/x/undo?…` is described as `/api/batches/{tx_id}/undo`. */
function described({ openapi }: Documents, { method, path }: Call): Described | undefined {
  const parts = path.replace(/\?.*/, "").split("/");
  const fits = (template: string) => {
    const names = template.split("/");
    return (
      names.length === parts.length && names.every((name, at) => name.startsWith("{") || name === parts[at])
    );
  };
  const found = Object.keys(openapi.paths).find(fits);
  return found === undefined ? undefined : openapi.paths[found]?.[method.toLowerCase()];
}

const calls: Call[] = [];
let docs: Documents;

beforeAll(async () => {
  docs = documents();
  vi.spyOn(Api.prototype, "askFor").mockImplementation((schema, path, options = {}) => {
    calls.push({ schema, path, method: options.method ?? "GET", json: options.json });
    return new Promise(() => undefined);
  });
  const [api, signal] = [new Api(), new AbortController().signal];
  const request = {
    txId: "x",
    updates: { m_402: { targetSpeed: 150 } },
    base: { m_402: { targetSpeed: 1 } },
    atomic: true,
    source: { filename: "a.xlsx", sha256: "a", rows: 1 },
    reason: "why",
    notAfter: 1,
    propose: true,
  };
  const grants = { "*": "viewer" };
  const limits = { targetsAtOnce: 1, targetsAnHour: 1, keptBytes: 1, keptFiles: 1, readsAtOnce: 1 };
  for (const ask of [
    () => fetchPlant(api),
    () => batches.postBatch(api, request),
    () => batches.cancelBatch(api, "x"),
    () => batches.fetchBatch(api, "x"),
    () => batches.listBatches(api, {}),
    () => batches.postAgain(api, "x", "undo", request),
    () => fetchHistory(api, { signals: ["m_402.speed"], from: 0, to: 1, width: 9 }, signal),
    () => fetchChanges("01", signal),
    () => fetchHeld(),
    () => account.fetchSessionInfo(signal),
    () => account.signIn("anna", "password"),
    () => account.readLink("secret"),
    () => account.takeLink("secret", "anna", "password"),
    () => account.fetchSessions(),
    () => account.fetchTokens(),
    () => account.createToken("mes", "viewer"),
    () => people.fetchPeople(),
    () => people.addPerson("anna", grants),
    () => people.makeLink("anna"),
    () => people.fetchSessionsOf("anna"),
    () => people.fetchTokensOf("anna"),
    () => people.createTokenOf("anna", "mes", "viewer"),
    () => admin.fetchLimits("anna"),
    () => admin.setLimits("anna", limits),
    () => admin.resetLimits("anna"),
    () => admin.fetchSecurity(""),
    () => admin.reloadPlant(),
    () => fetchDeliveries("", signal),
    () => fetchChannels(signal),
    () => fetchDisk(),
    () => fetchReady(),
    () => fetchOpenAlarms(signal),
    () => fetchEvents({ line: "01" }),
    () => fetchAlarms({}),
    () => fetchShifts(api),
    () => fetchReport(api, "1795903437", "01"),
  ])
    void ask();
  await vi.waitFor(() => expect(calls.length).toBeGreaterThan(35), { timeout: WAIT_MS });
}, 60_000); // Python starts and generates the documents

afterAll(() => vi.restoreAllMocks());

describe("the board and the documents", () => {
  it("request and read only what is described", () => {
    const wrong = calls.flatMap((call) => {
      const found = described(docs, call);
      const content = Object.entries(found?.responses ?? {}).find(([status]) => status.startsWith("2"))?.[1]
        .content;
      const schema = content?.["application/json"]?.schema;
      if (schema === undefined) return [`${call.method} ${call.path}: is not described`];
      const shapes = docs.openapi.components.schemas;
      return differences(shapeOf(call.schema), schema, shapes, `${call.method} ${call.path}`);
    });
    expect(wrong).toEqual([]);
  });

  it("agree on the request bodies", () => {
    const wrong = calls.flatMap((call) => {
      if (call.json === undefined) return [];
      const schema = described(docs, call)?.requestBody?.content["application/json"]?.schema;
      if (schema === undefined) return [`${call.method} ${call.path}: takes no body`];
      const [shape] = alternatives(schema, docs.openapi.components.schemas);
      const names = Object.keys(call.json as object);
      return [
        ...names.filter((name) => shape?.properties?.[name] === undefined),
        ...(shape?.required ?? []).filter((name) => !names.includes(name)),
      ].map((name) => `${call.method} ${call.path}: ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it("name the same events of the security log", () => {
    const { parameters } = docs.openapi.paths["/api/security"]?.get ?? {};
    const named = parameters?.find(({ name }) => name === "event")?.schema.enum ?? [];
    expect(named.filter((each) => each !== null).sort()).toEqual([...admin.SECURITY_EVENTS].sort());
  });

  it("cover every call that the board makes", () => {
    const root = join(ROOT, "frontend/src");
    const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
      /\.tsx?$/.test(path),
    );
    const shipped = sources.filter((path) => !path.includes(".test."));
    const expected = shipped.flatMap(
      (path) => readFileSync(join(root, path), "utf8").match(/\bapi\.askFor\(/g) ?? [],
    );
    expect(calls).toHaveLength(expected.length);
  });

  it.each(Object.entries({ Hello, Ack, Snapshot, Delta, Ping, ErrorFrame }))(
    "describe %s alike",
    (name, frame) => {
      const { schemas } = docs.asyncapi.components;
      expect(differences(shapeOf(frame), { $ref: name }, schemas)).toEqual([]);
    },
  );

  it.each(Object.entries({ Auth, Subscribe, Unsubscribe, Pong, Pause, Resume }))(
    "describe %s, which the board sends, alike",
    (name, frame) => {
      const { schemas } = docs.asyncapi.components;
      const { properties = {}, required = [] } = schemas[name] ?? {};
      const sent = shapeOf(frame);
      expect(Object.keys(sent.properties ?? {}).sort()).toEqual(Object.keys(properties).sort());
      expect(sent.required).toEqual(expect.arrayContaining([...required]));
    },
  );

  it("differ if a field has another name or another type, or may be missing", () => {
    const documented = {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "string" } },
      required: ["a"],
    };
    const reader = z.object({ a: z.string(), b: z.string(), c: z.number().optional() });
    expect(differences(shapeOf(reader), documented, {})).toEqual([
      "$.a: integer is documented, string is read",
      "$.b: is required and may be missing",
      "$.c: is read and not documented",
    ]);
  });
});
