/** Every page with content, from a server that sends no Latin letters. So every Latin letter comes from the board. */
import type { Page } from "@playwright/test";
import { expect } from "./board.ts";
import { type FakePlant, FakeServer, type Values } from "./fakeServer.ts";

const NOW = Date.now() / 1000;
const HOUR = 3_600;
export const RUNNING: Values = {
  status: "RUNNING",
  since: NOW - 90,
  quality: "GOOD",
  ταχύς: 1204,
  θέση: 1200,
};
const RECORDS: Record<string, Values> = {
  m_011: RUNNING,
  m_012: { ...RUNNING, status: "FAULT", ταχύς: 0 },
  m_013: { ...RUNNING, quality: "OFFLINE", seen: NOW - 60 },
};
const PLANT = {
  name: "Ω",
  lines: [{ id: "01", machines: ["m_011", "m_012", "m_013", "m_014"].map((key) => ({ key })) }],
  fields: [
    { name: "ταχύς", type: "number", label: "Ταχύτητα", unit: "σαλ", maximum: 3000 },
    {
      name: "θέση",
      type: "number",
      label: "Στόχος",
      unit: "σαλ",
      minimum: 0,
      maximum: 3000,
      isWritable: true,
      column: "Στόχος",
      isRequired: true,
      actual: "ταχύς",
    },
  ],
};

const EVENT = { machine: "m_011", line: "01", field: "θέση", before: 1, value: 2, person: "Άννα", txId: "β" };
const KINDS = [
  ["asserted", { status: "FAULT", cause: "θύρα" }],
  ["cleared", { status: "FAULT" }],
  ["stop_between", { status: "EMERGENCY_STOP" }],
  ["offline", {}],
  ["online", {}],
  ["asked", {}],
  ["applied", { acknowledged: { person: "Άννα", at: NOW, note: "ναι" } }],
  ["unknown", {}],
  ["conflict", {}],
  ["not_applied", { outcome: "cancelled", message: "όχι" }],
  ["device_change", {}],
  ["late_landing", {}],
  ["plant_change", { field: null }],
  ["sign_in", { field: null }],
  ...["raised", "acknowledged", "shelved"].map((change) => ["alarm", { change, alarm: "θερμό" }] as const),
] as const;

const ALARM = {
  machine: "m_012",
  line: "01",
  name: "θερμό",
  label: "Θερμό",
  isActive: true,
  since: NOW - 60,
  raisedAt: NOW - 60,
  field: "ταχύς",
  value: 1,
  unit: "σαλ",
  consequence: "φθορά",
  response: "σταμάτα",
  acknowledged: null,
  shelf: null,
  out: null,
  isKnown: false,
};
const MARK = { by: "Άννα", at: NOW, note: "ναι", until: NOW + HOUR };
const COUNT = { machine: "m_012", name: "θερμό", raised: 14 };

const factor = (value: number | null) => ({
  value,
  formula: "α",
  why: value === null ? { code: "cycle-missing", machines: ["m_1"], more: 2 } : null,
});
const OEE = {
  oee: factor(0.4),
  availability: factor(0.5),
  performance: factor(null),
  quality: factor(0.9),
  plannedBusyS: 7_200,
  productionS: 3_600,
  idealS: 3_000,
  total: 100,
  good: 90,
  seconds: { production: 3_600, "unplanned-down": 3_600, unknown: 90 },
};
const SHIFT = { name: "Νύχτα", date: "2026-11-27", since: 0, until: 28_800 };
const LOSS = {
  reason: null,
  name: "Άγνωστο",
  state: "unplanned-down",
  seconds: 60,
  stops: 1,
  machines: { m_012: 60 },
};
const STOP = {
  machine: "m_012",
  line: "01",
  since: 1_000,
  until: 4_600,
  status: "FAULT",
  cause: "θύρα",
  by: null,
  text: "",
  stopSince: 1_000,
  stopUntil: 4_600,
};
const REPORT = {
  shift: SHIFT,
  until: 20_000,
  plant: OEE,
  lines: [{ line: "01", oee: OEE }],
  machines: [{ machine: "m_012", line: "01", oee: OEE, stops: 1, microStops: 4, unmapped: ["Ψ"] }],
  losses: ["reason", "uncategorised", "micro-stops", "setup"].map((kind) => ({ ...LOSS, kind })),
  stops: [
    { ...STOP, reason: null },
    { ...STOP, since: 5_000, until: 6_000, reason: "μ", by: "Άννα" },
  ],
  cut: 1,
  changes: [{ person: "Άννα", batches: 1, targets: 3, outcomes: { applied: 3 }, lastAt: 50, reasons: ["ζ"] }],
  notes: [{ line: "01", text: "προσοχή", person: "Άννα", at: 60 }],
};
const REASON = { id: "μ", name: "Μοτέρ", within: null, state: "unplanned-down", isLeaf: true };

const OUTCOMES = [
  "applied",
  "failed",
  "conflict",
  "unknown",
  "diverged",
  "superseded",
  "cancelled",
  "pending",
];
const LIMITS = { targetsAtOnce: 1, targetsAnHour: 2, keptBytes: 2 ** 21, keptFiles: 3, readsAtOnce: 4 };
const PERSON = { name: "Άννα", grants: { "*": "admin" }, isDisabled: false, createdAt: 1 };
const SECURITY = [
  "signed-in",
  "sign-in-refused",
  "rights-changed",
  "limits-changed",
  "token-created",
  "retention-changed",
  "plant-changed",
  "message-repeated",
].map((event, seq) => ({ seq, at: 1, event, person: "Άννα", address: "10.0.0.7", facts: {} }));

const ANSWERS: Record<string, unknown> = {
  "/api/events": { items: KINDS.map(([kind, more], at) => ({ ...EVENT, at: NOW - at, kind, ...more })) },
  "/api/alarms": {
    defined: 1,
    alarms: ["unacknowledged", "acknowledged", "returned", "shelved", "out_of_service", "suppressed"].map(
      (state, at) => ({
        ...ALARM,
        state,
        priority: ["critical", "high", "medium", "low"][at % 4],
        ...(state === "acknowledged" && { acknowledged: MARK }),
        ...(state === "shelved" && { shelf: MARK }),
        ...(state === "out_of_service" && { out: MARK }),
      }),
    ),
    figures: { raised: 14, isFlood: true, worst: [COUNT], chattering: [COUNT], standing: 1 },
  },
  "/api/shifts": { shifts: [SHIFT], reasons: [REASON], isDefined: true },
  "/api/shifts/0": REPORT,
  "/api/batches": {
    items: [
      { txId: "β", person: "Άννα", at: NOW, counts: Object.fromEntries(OUTCOMES.map((each) => [each, 1])) },
      { txId: "γ", person: "Άννα", at: NOW, counts: { applied: 2 }, kind: "undo", follows: "β", reason: "ζ" },
    ],
    nextCursor: "2",
  },
  "/api/batches/%CE%B2": {
    txId: "β",
    status: "in-progress",
    person: "Άννα",
    at: NOW,
    reason: "ζ",
    source: { filename: "ω.xlsx", sha256: "0".repeat(64), rows: 9, sheet: "Φ" },
    results: OUTCOMES.map((outcome) => ({
      machine: "m_011",
      field: "θέση",
      outcome,
      value: 1200,
      asked: 1250,
      before: 1200,
      at: NOW,
    })),
  },
  "/api/held": [false, true].map((isMine) => ({
    txId: isMine ? "α" : "β",
    person: "Άννα",
    at: NOW,
    until: NOW + 600,
    updates: { m_011: { θέση: 1 } },
    reason: "ζ",
    isMine,
  })),
  "/api/session": {
    user: { name: "Άννα", role: "admin", grants: { "*": "admin" } },
    needsSetUp: false,
    openId: null,
  },
  "/api/sessions": [
    { id: "1", address: "10.0.0.7", agent: "", createdAt: 1, seenAt: 2, isThis: true },
    { id: "2", address: "10.0.0.8", agent: "", createdAt: 1, seenAt: 2, isThis: false },
  ],
  "/api/tokens": [
    { id: "1", name: "Ρ", grants: { "*": "viewer" }, createdAt: 1, expiresAt: NOW + HOUR, seenAt: null },
  ],
  "/api/people": [
    { ...PERSON, comesBy: "password", isMe: true, signedInAt: 1 },
    { ...PERSON, name: "Βέρα", comesBy: "link", isMe: false, signedInAt: null, grants: { "01": "operator" } },
    { ...PERSON, name: "Γιώτα", comesBy: "openid", isMe: false, signedInAt: null, isDisabled: true },
  ],
  "/api/people/*/limits": LIMITS,
  "/api/security": { items: SECURITY, nextCursor: "2" },
  "/api/disk": { isLow: true, freeBytes: 2 ** 21, historyStopped: "" },
};

/** The last ten minutes of a machine. A chart shows no older points, so they are made when the page asks. */
const historyOf = (now: number) => ({
  since: now - 600,
  until: now,
  resolution: "1",
  signals: [
    {
      signal: "m_011.ταχύς",
      machine: "m_011",
      field: "ταχύς",
      unit: "σαλ",
      at: [now - 600, now - 300],
      min: [1, 1],
      max: [3, 3],
      mean: [2, 2],
    },
  ],
  states: [{ machine: "m_011", since: now - 500, until: now - 400, status: "FAULT" }],
  changes: [],
});

/** Each page, and what it shows once it is complete. */
export const PAGES = [
  ["/", "article[data-machine=m_011]"],
  ["/lines/01", "article[data-machine=m_011]"],
  ["/lines/01?trends=1", ".chart canvas"],
  ["/machines/m:011", ".chart canvas"],
  ["/upload", ".choose"],
  ["/batches", ".table tbody tr"],
  ["/batches/β", ".table tbody tr"],
  ["/held", "main li"],
  ["/events", ".table tbody tr"],
  ["/alarms", ".table tbody tr"],
  ["/shifts", ".table tbody tr"],
  ["/account", "main h2"],
  ["/people", ".table tbody tr"],
  ["/limits", "main input"],
  ["/security", ".table tbody tr"],
  ["/plant-file", "main button"],
  ["/0", "h1"],
] as const;

export async function servePages(
  page: Page,
  plant: FakePlant = PLANT,
  records: Record<string, Values> = RECORDS,
): Promise<FakeServer> {
  const server = await FakeServer.on(page, plant, records);
  Object.assign(server.answers, ANSWERS, { "/api/history": historyOf(Date.now() / 1000) });
  return server;
}

/** Opens a path, in the browser's language if none is given, and waits until the page is live. */
export async function visit(page: Page, { url }: FakeServer, path: string, language = ""): Promise<void> {
  const query = language && `${path.includes("?") ? "&" : "?"}lang=${language}`;
  await page.goto(url + path + query);
  await expect(page.locator(".is-connected")).toBeVisible();
}
