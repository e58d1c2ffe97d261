import { createElement as h, useState } from "react";
import { createRoot } from "react-dom/client";
import {
  Api,
  fetchPlant,
  formOf,
  parseWorkbook,
  SetpointProvider,
  useFieldFeedback,
  useLiveSocket,
  useMachineStore,
  useSession,
} from "setpoint-live";

const TOPICS = ["line:01"];

function App() {
  const { state } = useLiveSocket(TOPICS);
  const session = useSession();
  const presses = useMachineStore(({ $view }) => [...$view.keys()].join(" "))
    .split(" ")
    .filter(Boolean);
  const [problem, setProblem] = useState("");
  const read = (file) =>
    parseWorkbook(file, formOf(session.plant)).then(
      ({ ingested: { batch } }) => session.commits.commit({ updates: batch.validRows, txId: batch.txId }),
      (error) => setProblem(error.message),
    );
  return h(
    "main",
    null,
    h("h1", null, `${session.plant.name}: ${state}`),
    h("input", {
      type: "file",
      "aria-label": "Workbook",
      onChange: (event) => void read(event.target.files[0]),
    }),
    problem && h("p", { role: "alert" }, problem),
    h(
      "ul",
      null,
      presses.map((machine) => h(Press, { key: machine, machine })),
    ),
  );
}

function Press({ machine }) {
  const { look, value } = useFieldFeedback(machine, "force");
  return h(
    "li",
    { "data-machine": machine },
    machine,
    " ",
    h("output", { "data-look": look }, `${value} kN`),
  );
}

const api = new Api();
fetchPlant(api).then((plant) =>
  createRoot(document.getElementById("root")).render(h(SetpointProvider, { plant, api }, h(App))),
);
