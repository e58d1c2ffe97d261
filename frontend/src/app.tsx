/** The frame around every view: the plant is fetched once, the socket opened once, then the address decides. */
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Toaster } from "sonner";
import { ApiProblem, api, messageOf } from "./api.ts";
import { isSamePlant, type Plant } from "./contract/plant.ts";
import { AlertBar } from "./features/alerts/AlertBar.tsx";
import { useTitle } from "./features/alerts/useTitle.ts";
import { DisconnectedBar, Header } from "./features/frame/Header.tsx";
import { KeysHelp } from "./features/frame/KeysHelp.tsx";
import { useKeys } from "./features/frame/keys.ts";
import { say } from "./features/frame/toasts.ts";
import { KioskView } from "./features/kiosk/KioskView.tsx";
import { LineNav } from "./features/line/LineNav.tsx";
import { LineView } from "./features/line/LineView.tsx";
import { MachineView } from "./features/machine/MachineView.tsx";
import { PlantView } from "./features/plant/PlantView.tsx";
import { PlantContext, usePlant } from "./features/plant/plantContext.ts";
import { DropZone } from "./features/upload/DropZone.tsx";
import { UploadView } from "./features/upload/UploadView.tsx";
import { leave } from "./features/upload/workbook.ts";
import { clockOf } from "./format/index.ts";
import { useConnection } from "./hooks/useSession.ts";
import { hasParam, hrefOf, interceptLinks, useParam, useRoute } from "./router.ts";
import { SetpointProvider, useSession } from "./session/context.tsx";
import { fetchPlant } from "./session/plant.ts";

// The upload is not among these: React holds a view that was waited for back for 300 ms, and a person who drops a
// workbook would wait as long.
const BatchesView = lazy(() =>
  import("./features/batches/BatchesView.tsx").then((module) => ({ default: module.BatchesView })),
);
const BatchView = lazy(() =>
  import("./features/batches/BatchView.tsx").then((module) => ({ default: module.BatchView })),
);

const SignInView = lazy(() =>
  import("./features/account/SignInView.tsx").then((module) => ({ default: module.SignInView })),
);
const AccountView = lazy(() =>
  import("./features/account/AccountView.tsx").then((module) => ({ default: module.AccountView })),
);

const PeopleView = lazy(() =>
  import("./features/people/PeopleView.tsx").then((module) => ({ default: module.PeopleView })),
);

const HeldView = lazy(() =>
  import("./features/batches/HeldView.tsx").then((module) => ({ default: module.HeldView })),
);
const HeldNotice = lazy(() =>
  import("./features/batches/HeldView.tsx").then((module) => ({ default: module.HeldNotice })),
);

const ASK_AGAIN_MS = 2_000;

export function App() {
  const theme = useParam("theme");
  useEffect(() => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }, [theme]);
  useEffect(interceptLinks, []);
  const route = useRoute();
  const { plant, problem, isSignedOut, readAgain } = useFetchedPlant();
  const known = useMemo(() => (plant ? { plant, clock: clockOf(plant.timezone) } : null), [plant]);
  if (isSignedOut || route.view === "sign-in")
    return (
      <Suspense fallback={<Loading problem={null} />}>
        <SignInView />
      </Suspense>
    );
  if (!known) return <Loading problem={problem} />;
  return (
    <PlantContext value={known}>
      <Board readAgain={readAgain} />
    </PlantContext>
  );
}

interface FetchedPlant {
  readonly plant: Plant | null;
  readonly problem: string | null;
  readonly isSignedOut: boolean;
  readonly readAgain: () => void;
}

/** Asked again until it is there: the server may start after the page. Later it may be another (PLANT-1). */
function useFetchedPlant(): FetchedPlant {
  const [plant, setPlant] = useState<Plant | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSignedOut, setSignedOut] = useState(false);
  const [readings, setReadings] = useState(0);
  const readAgain = useCallback(() => setReadings((count) => count + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each reading is one more.
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const attempt = () => {
      fetchPlant(api, abort.signal).then(
        (read) => setPlant((known) => (known && isSamePlant(known, read) ? known : read)),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          if (error instanceof ApiProblem && error.status === 401) {
            setSignedOut(true);
            return;
          }
          setProblem(messageOf(error));
          timer = setTimeout(attempt, ASK_AGAIN_MS);
        },
      );
    };
    attempt();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [readings]);
  return { plant, problem, isSignedOut, readAgain };
}

function Loading({ problem }: { problem: string | null }) {
  return (
    <main className="loading" id="main">
      <h1>Setpoint</h1>
      {problem ? (
        <p role="alert">
          The plant could not be loaded: {problem} <span className="quiet">Trying again every 2 s.</span>
        </p>
      ) : (
        <p role="status" className="quiet">
          Loading the plant
        </p>
      )}
    </main>
  );
}

function Board({ readAgain }: { readAgain: () => void }) {
  const { plant } = usePlant();
  const isKiosk = hasParam("kiosk");
  return (
    <SetpointProvider plant={plant} api={api} isKiosk={isKiosk} onNotice={say} onAgain={readAgain}>
      <Frame isKiosk={isKiosk} />
    </SetpointProvider>
  );
}

function Frame({ isKiosk }: { isKiosk: boolean }) {
  const theme = useParam("theme");
  const session = useSession();
  const { state } = useConnection();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a preview looks at the session that it was opened in.
  useEffect(() => leave, [session]);
  useTitle();
  const needsSecondPerson = usePlant().plant.fields.some((field) => field.needsSecondPerson);
  useEffect(() => {
    document.documentElement.dataset.link = state.toLowerCase();
  }, [state]);
  const [isHelpShown, setHelpShown] = useState(false);
  useKeys(() => setHelpShown(true));
  if (isKiosk) return <KioskView />;
  return (
    <>
      <a className="button skip" href="#main">
        Skip to the content
      </a>
      <Header onKeys={() => setHelpShown(true)} />
      <DisconnectedBar />
      <AlertBar />
      {needsSecondPerson && (
        <Suspense>
          <HeldNotice />
        </Suspense>
      )}
      <div className="body">
        <LineNav />
        <main id="main" tabIndex={-1}>
          <Suspense fallback={<p className="quiet empty">Loading</p>}>
            <View />
          </Suspense>
        </main>
      </div>
      <DropZone />
      <Toaster
        position="bottom-right"
        offset={{ bottom: 72, right: 16 }}
        mobileOffset={{ bottom: 72 }}
        closeButton
        visibleToasts={4}
        theme={theme === "light" || theme === "dark" ? theme : "system"}
      />
      {isHelpShown && <KeysHelp onClose={() => setHelpShown(false)} />}
    </>
  );
}

function View() {
  const route = useRoute();
  switch (route.view) {
    case "plant":
      return <PlantView />;
    case "line":
      return <LineView key={route.line} line={route.line} />;
    case "machine":
      return <MachineView key={route.machine} machine={route.machine} />;
    case "batches":
      return <BatchesView />;
    case "batch":
      return <BatchView key={route.txId} txId={route.txId} />;
    case "upload":
      return <UploadView />;
    case "account":
      return <AccountView />;
    case "people":
      return <PeopleView />;
    case "held":
      return <HeldView />;
    case "sign-in":
      return null; // The door stands before the board, in `App`.
    case "nowhere":
      return (
        <div className="empty">
          <h1>There is no page {route.path}</h1>
          <p>
            <a href={hrefOf({ view: "plant" })}>To the plant</a>
          </p>
        </div>
      );
  }
}
