import fc from "fast-check";
import { expect, it } from "vitest";
import { examples } from "../testing/examples.ts";
import { Delta, decodeDown, ProtocolError, Snapshot } from "./index.ts";
import { Overview, overviewOf } from "./overview.ts";

const leaf = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ maxLength: 5 }),
  fc.boolean(),
  fc.constant(null),
);
/** Mostly valid values, and some of another shape. */
const odd = fc.oneof(
  { weight: 30, arbitrary: leaf },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
);
const key = fc.constantFrom("m_1", "m_2", "line:01", "speed", "", "__proto__", "constructor");
const records = fc.oneof(
  { weight: 20, arbitrary: fc.dictionary(key, fc.dictionary(key, odd, { maxKeys: 3 }), { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
const revs = fc.oneof(
  fc.dictionary(key, fc.dictionary(key, fc.integer(), { maxKeys: 2 }), { maxKeys: 2 }),
  records,
);
const tx = fc.oneof(fc.constant([]), fc.jsonValue({ maxDepth: 2 }));
const deltas = fc.record(
  {
    type: fc.constant("delta"),
    topic: fc.oneof({ weight: 20, arbitrary: fc.string() }, { weight: 1, arbitrary: leaf }),
    seq: fc.oneof({ weight: 20, arbitrary: fc.integer() }, { weight: 1, arbitrary: leaf }),
    ts: fc.oneof({ weight: 20, arbitrary: fc.integer() }, { weight: 1, arbitrary: leaf }),
    machines: records,
    kpis: records,
    removed: fc.oneof(fc.array(fc.string()), fc.array(leaf, { maxLength: 1 })),
    revs,
    tx,
  },
  { requiredKeys: ["type", "topic", "seq", "ts"] },
);

it("accepts a delta exactly when the schema accepts it, and reads it the same way", () => {
  fc.assert(
    fc.property(deltas, (delta) => {
      const text = JSON.stringify(delta);
      const schema = Delta.safeParse(JSON.parse(text));
      if (schema.success) expect(decodeDown(text)).toEqual(schema.data);
      else expect(() => decodeDown(text)).toThrow(ProtocolError);
    }),
    examples(1_000),
  );
});

const snapshots = fc.record(
  {
    type: fc.constant("snapshot"),
    topic: fc.oneof({ weight: 20, arbitrary: fc.string() }, { weight: 1, arbitrary: leaf }),
    epoch: fc.oneof({ weight: 20, arbitrary: fc.string() }, { weight: 1, arbitrary: leaf }),
    seq: fc.oneof({ weight: 20, arbitrary: fc.integer() }, { weight: 1, arbitrary: leaf }),
    ts: fc.oneof({ weight: 20, arbitrary: fc.integer() }, { weight: 1, arbitrary: leaf }),
    data: fc.oneof(
      { weight: 20, arbitrary: fc.record({ machines: records, kpis: records }, { requiredKeys: [] }) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    ),
    revs,
    tx,
  },
  { requiredKeys: ["type", "topic", "seq", "data"] },
);

const number = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 1, arbitrary: leaf },
);
const columns = fc.record(
  {
    machines: fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom("m_401", "m_1", "a", 1, 2) },
        { weight: 1, arbitrary: leaf },
      ),
      {
        maxLength: 4,
      },
    ),
    kinds: fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.tuple(leaf, leaf) }, { weight: 1, arbitrary: fc.array(leaf) }),
      {
        maxLength: 3,
      },
    ),
    kind: fc.array(number, { maxLength: 4 }),
    ageS: fc.array(number, { maxLength: 4 }),
  },
  { requiredKeys: [] },
);
const wholes = fc.nat(3).map((size) => ({
  machines: Array.from({ length: size }, (_, at) => [`m_${at}`, 1]).flat(),
  kinds: [["RUNNING", "GOOD"]],
  kind: Array(size).fill(0),
  ageS: Array.from({ length: size }, (_, at) => (at === 1 ? null : at)),
}));

it("accepts an overview exactly when the schema accepts it, and reads it the same way", () => {
  fc.assert(
    fc.property(fc.oneof(columns, wholes, leaf), (sent) => {
      const value: unknown = JSON.parse(JSON.stringify(sent) ?? "null");
      expect(overviewOf(value)).toEqual(Overview.safeParse(value).data ?? null);
    }),
    examples(1_000),
  );
});

it("accepts a snapshot exactly when the schema accepts it, and reads it the same way", () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const text = JSON.stringify(snapshot);
      const schema = Snapshot.safeParse(JSON.parse(text));
      if (schema.success) expect(decodeDown(text)).toEqual(schema.data);
      else expect(() => decodeDown(text)).toThrow(ProtocolError);
    }),
    examples(1_000),
  );
});

it("says what was expected and what it got", () => {
  expect(() => decodeDown('{"type":"delta","topic":"line:01","seq":"2","ts":1}')).toThrow(/seq/);
  expect(() => decodeDown('{"type":"bye"}')).toThrow(/hello, ack, snapshot, delta, ping, error.*"bye"/);
});
