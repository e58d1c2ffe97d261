import { createRoot } from "react-dom/client";
import { Api, fetchPlant, type Plant, SetpointProvider } from "setpoint-live";
import { App } from "./App";
import "./look.css";

/** In the demo a person is whoever the request says. */
const api = new Api({ headers: () => ({ "X-Demo-User": "anna" }), query: () => ({ user: "anna" }) });
const root = createRoot(document.getElementById("root") as HTMLElement);

fetchPlant(api).then(
  (plant: Plant) =>
    root.render(
      <SetpointProvider plant={plant} api={api}>
        <App />
      </SetpointProvider>,
    ),
  (error: Error) => root.render(<p role="alert">{error.message}</p>),
);
