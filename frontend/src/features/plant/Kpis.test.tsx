// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { clockOf } from "../../format/index.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, PLANT, RUNNING } from "../../testing/mount.tsx";
import { KpiSentence } from "./Kpis.tsx";
import { PlantContext } from "./plantContext.ts";

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

const said = () => document.querySelector(".kpis")?.textContent;

test("a plant with fields of its own tells its own figures, and none of which nothing is known", () => {
  const wire = mount(<Sentence />, { m_401: RUNNING });
  expect(said()).toBe("1 of 1 running · 100.0 % available");
  const figures = { machines: 1, running: 1, availability: 1, meanFlow: 12.34 };
  wire.report({}, { kpis: { "line:01": figures } });
  expect(said()).toBe("1 of 1 running · Mean flow 12.3 l/min · 100.0 % available");
});

test("a mean without a label of its own is said in the reader's language, with the field's name as it is", async () => {
  const wire = mount(<Sentence kpi={{ ...FLOW, label: "", field: "speed" }} />, { m_401: RUNNING });
  wire.report({}, { kpis: { "line:01": { machines: 1, running: 1, meanFlow: 12.34 } } });
  expect(said()).toContain("Mean Speed 12.3 l/min");
});

test("figures of a connection that is lost are told as last known", () => {
  const wire = mount(<Sentence />, { m_401: RUNNING });
  wire.end();
  expect(said()).toBe("◌ last known: 1 of 1 running · 100.0 % available");
});
