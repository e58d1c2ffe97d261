// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { clockOf } from "../../format/index.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, PLANT, RUNNING } from "../../testing/mount.tsx";
import { WAIT_MS } from "../../testing/patience.ts";
import { KpiSentence } from "./Kpis.tsx";
import { PlantContext } from "./plantContext.ts";

afterEach(() => {
  vi.useRealTimers();
});

const TOPICS = ["line:01"];
const FLOW = { name: "meanFlow", field: "flow", of: "mean", label: "Mean flow", unit: "l/min", decimals: 1 };

function Sentence({ kpi = FLOW }: { kpi?: typeof FLOW }) {
  useTopics(TOPICS);
  const plant = { ...PLANT, kpis: [kpi] } as typeof PLANT;
  return (
    <PlantContext value={{ plant, clock: clockOf("UTC") }}>
      <KpiSentence topic="line:01" />
    </PlantContext>
  );
}

const text = () => document.querySelector(".kpis")?.textContent;

test("a plant with its own fields shows its own figures, and none without a value", () => {
  const wire = mount(<Sentence />, { m_401: RUNNING });
  expect(text()).toBe("1 of 1 running · 100.0 % available");
  const figures = { machines: 1, running: 1, availability: 1, meanFlow: 12.34 };
  wire.report({}, { kpis: { "line:01": figures } });
  expect(text()).toBe("1 of 1 running · Mean flow 12.3 l/min · 100.0 % available");
});

test("a machine that has just stopped does not count as running, even before the next figures arrive", async () => {
  const wire = mount(<Sentence />, { m_401: RUNNING });
  wire.report({ m_401: { status: "FAULT" } });
  await vi.waitFor(() => expect(text()).toBe("0 of 1 running · 100.0 % available"), { timeout: WAIT_MS });
});

test("a mean without a label is named in the reader's language, with the field's own name", async () => {
  const wire = mount(<Sentence kpi={{ ...FLOW, label: "", field: "speed" }} />, { m_401: RUNNING });
  wire.report({}, { kpis: { "line:01": { machines: 1, running: 1, meanFlow: 12.34 } } });
  expect(text()).toContain("Mean Speed 12.3 l/min");
});

test("figures are shown as last known while the connection is lost", () => {
  const wire = mount(<Sentence />, { m_401: RUNNING });
  wire.end();
  expect(text()).toBe("◌ last known: 1 of 1 running · 100.0 % available");
});

test("figures are shown as last known while the server does not confirm that their topic is live", () => {
  vi.useFakeTimers();
  const wire = mount(<Sentence />, { m_401: RUNNING });
  wire.confirmNothing(4_000);
  expect(text()).toBe("1 of 1 running · 100.0 % available");
  wire.confirmNothing(4_000);
  expect(text()).toBe("◌ last known: 1 of 1 running · 100.0 % available");
});
