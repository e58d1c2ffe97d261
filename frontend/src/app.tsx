/** The frame around every view: the plant is fetched once, the socket opened once, then the address decides. */

import { type QueryClient, QueryClientProvider, queryOptions, useQuery } from "@tanstack/react-query";
import { type ReactNode, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { ApiProblem, api, messageOf } from "./api.ts";
import { isSamePlant, type Plant } from "./contract/plant.ts";
import { AlertBar } from "./features/alerts/AlertBar.tsx";
import { useTitle } from "./features/alerts/useTitle.ts";
import { DisconnectedBar, Header } from "./features/frame/Header.tsx";
import { useKeys } from "./features/frame/keys.ts";
import { PageFailed } from "./features/frame/PageFailed.tsx";
import { say } from "./features/frame/toasts.ts";
import { LineNav } from "./features/line/LineNav.tsx";
import { LineView } from "./features/line/LineView.tsx";
import { PlantView } from "./features/plant/PlantView.tsx";
import { PlantContext, usePlant } from "./features/plant/plantContext.ts";
import { DropZone } from "./features/upload/DropZone.tsx";
import { leave } from "./features/upload/workbook.ts";
import { clockOf, setClock } from "./format/index.ts";
import { useConnection } from "./hooks/useSession.ts";
import { newQueryClient } from "./queries.ts";
import { hasParam, hrefOf, interceptLinks, pathOf, useParam, useRoute } from "./router.ts";
import { SetpointProvider, useSession } from "./session/context.tsx";
import { fetchPlant } from "./session/plant.ts";
import { loadPages, t } from "./texts/catalogue.ts";
import { useLanguage } from "./texts/language.ts";
import { Boundary } from "./ui/Boundary.tsx";
import { preloaded } from "./ui/preloaded.tsx";

// These load once the first page is complete, so that they are there when a person needs them.
const KioskView = preloaded(() =>
  withTexts(import("./features/kiosk/KioskView.tsx")).then((found) => found.KioskView),
);
const DiskNotice = preloaded(() =>
  withTexts(import("./features/frame/DiskNotice.tsx")).then((found) => found.DiskNotice),
);
const KeysHelp = preloaded(() =>
  withTexts(import("./features/frame/KeysHelp.tsx")).then((found) => found.KeysHelp),
);
const Notices = preloaded(() =>
  withTexts(import("./features/frame/Notices.tsx")).then((found) => found.Notices),
);
const MachineView = preloaded(() =>
  withTexts(import("./features/machine/MachineView.tsx")).then((found) => found.MachineView),
);
const UploadView = preloaded(() =>
  withTexts(import("./features/upload/UploadView.tsx")).then((found) => found.UploadView),
);

const BatchesView = preloaded(() =>
  withTexts(import("./features/batches/BatchesView.tsx")).then((found) => found.BatchesView),
);
const BatchView = preloaded(() =>
  withTexts(import("./features/batches/BatchView.tsx")).then((found) => found.BatchView),
);

const EventsView = preloaded(() =>
  withTexts(import("./features/events/EventsView.tsx")).then((found) => found.EventsView),
);
const AlarmsView = preloaded(() =>
  withTexts(import("./features/alarms/AlarmsView.tsx")).then((found) => found.AlarmsView),
);
const ShiftsView = preloaded(() =>
  withTexts(import("./features/shifts/ShiftsView.tsx")).then((found) => found.ShiftsView),
);

const SignInView = preloaded(() =>
  withTexts(import("./features/account/SignInView.tsx")).then((found) => found.SignInView),
);
const AccountView = preloaded(() =>
  withTexts(import("./features/account/AccountView.tsx")).then((found) => found.AccountView),
);

const PeopleView = preloaded(() =>
  withTexts(import("./features/people/PeopleView.tsx")).then((found) => found.PeopleView),
);

const LimitsView = preloaded(() =>
  withTexts(import("./features/admin/LimitsView.tsx")).then((found) => found.LimitsView),
);
const SecurityView = preloaded(() =>
  withTexts(import("./features/admin/SecurityView.tsx")).then((found) => found.SecurityView),
);
const DeliveriesView = preloaded(() =>
  withTexts(import("./features/admin/DeliveriesView.tsx")).then((found) => found.DeliveriesView),
);
const PlantFileView = preloaded(() =>
  withTexts(import("./features/admin/PlantFileView.tsx")).then((found) => found.PlantFileView),
);

const HeldView = preloaded(() =>
  withTexts(import("./features/batches/HeldView.tsx")).then((found) => found.HeldView),
);
const HeldNotice = preloaded(() =>
  withTexts(import("./features/batches/HeldView.tsx")).then((found) => found.HeldNotice),
);

/** A page and its texts. */
async function withTexts<Module>(page: Promise<Module>): Promise<Module> {
  const [found] = await Promise.all([page, loadPages()]);
  return found;
}

const ASK_AGAIN_MS = 2_000;
const IDLE_AFTER_MS = 1_000;

/** Fetched until it is there: the server may start after the page. Later the plant may change (PLANT-1). */
const PLANT = queryOptions<Plant>({
  queryKey: ["plant"],
  queryFn: ({ signal }) => fetchPlant(api, signal),
  staleTime: Number.POSITIVE_INFINITY,
  structuralSharing: (known, read) => (known && isSamePlant(known as Plant, read as Plant) ? known : read),
  retry: (_, reason) => !isSignedOut(reason),
  retryDelay: ASK_AGAIN_MS,
});

/** Requests the plant for this person at once, while the page's language is loaded. For `App`. */
export function askAhead(): QueryClient {
  const client = newQueryClient();
  void client.prefetchQuery(PLANT);
  return client;
}

export function App({ client }: { client: QueryClient }) {
  return (
    <QueryClientProvider client={client}>
      <Page />
    </QueryClientProvider>
  );
}

/** Drawings have the colours of the page, and those of a dark page would be invisible on paper. */
function paperIsLight(): () => void {
  const { dataset } = document.documentElement;
  const { theme } = dataset;
  const before = () => {
    dataset.theme = "light";
  };
  const after = () => {
    if (theme === undefined) delete dataset.theme;
    else dataset.theme = theme;
  };
  window.addEventListener("beforeprint", before);
  window.addEventListener("afterprint", after);
  return () => {
    window.removeEventListener("beforeprint", before);
    window.removeEventListener("afterprint", after);
  };
}

function Page() {
  const theme = useParam("theme");
  useEffect(() => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    return paperIsLight();
  }, [theme]);
  useEffect(interceptLinks, []);
  const route = useRoute();
  const { plant, problem, isSignedOut, readAgain } = useFetchedPlant();
  const language = useLanguage();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another language writes times in another way.
  const known = useMemo(() => (plant ? { plant, clock: clockOf(plant.timezone) } : null), [plant, language]);
  if (isSignedOut || route.view === "sign-in")
    return (
      <Boundary fallback={<Loading problem={t("frame-page-failed")} />}>
        <Suspense fallback={<Loading problem={null} />}>
          <SignInView />
        </Suspense>
      </Boundary>
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

function useFetchedPlant(): FetchedPlant {
  const { data, error, failureReason, refetch } = useQuery(PLANT);
  return {
    plant: data ?? null,
    problem: failureReason ? messageOf(failureReason) : null,
    isSignedOut: isSignedOut(error),
    readAgain: useCallback(() => void refetch(), [refetch]),
  };
}

/** Only the server's own answer counts. A 401 from a proxy before it is temporary. */
function isSignedOut(error: unknown): boolean {
  return error instanceof ApiProblem && error.kind === "not-signed-in";
}

function Loading({ problem }: { problem: string | null }) {
  return (
    <main className="loading" id="main">
      <h1>Setpoint</h1>
      {problem ? (
        <p role="alert">
          {t("frame-plant-failed", { problem })}{" "}
          <span className="quiet">{t("frame-trying-again-every", { count: ASK_AGAIN_MS / 1_000 })}</span>
        </p>
      ) : (
        <p role="status" className="quiet">
          {t("frame-loading-plant")}
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
      <LeaveUpload />
      <ServerClock />
      <Frame key={useLanguage()} isKiosk={isKiosk} />
    </SetpointProvider>
  );
}

/** A preview uses the session in which it was opened, and survives a change of language. */
function LeaveUpload() {
  const session = useSession();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session leaves the preview of the one before.
  useEffect(() => leave, [session]);
  return null;
}

/** The server's clock decides what "today" and "the last hour" mean. */
function ServerClock() {
  const session = useSession();
  useEffect(() => setClock(() => session.serverTime() * 1_000), [session]);
  return null;
}

function Frame({ isKiosk }: { isKiosk: boolean }) {
  const { state, lastFrameMs } = useConnection();
  // An attempt to connect changes nothing: the page stays grey until it succeeds.
  const link = state === "CONNECTING" && lastFrameMs !== null ? "disconnected" : state.toLowerCase();
  useTitle();
  const needsSecondPerson = usePlant().plant.fields.some((field) => field.needsSecondPerson);
  useEffect(() => {
    document.documentElement.dataset.link = link;
  }, [link]);
  const [isHelpShown, setHelpShown] = useState(false);
  useKeys(() => setHelpShown(true));
  const [isSettled, setSettled] = useState(false);
  useEffect(() => whenIdle(() => setSettled(true)), []);
  useEffect(() => {
    if (!isSettled) return;
    for (const view of isKiosk ? [KioskView] : [KeysHelp, UploadView, MachineView, BatchView]) view.preload();
  }, [isSettled, isKiosk]);
  if (isKiosk)
    return (
      <Suspense>
        <KioskView />
      </Suspense>
    );
  return (
    <>
      <a className="button skip" href="#main">
        {t("frame-skip")}
      </a>
      <Header onKeys={() => setHelpShown(true)} />
      <DisconnectedBar />
      {isSettled && (
        <Part>
          <DiskNotice />
        </Part>
      )}
      <AlertBar />
      {needsSecondPerson && (
        <Part>
          <HeldNotice />
        </Part>
      )}
      <div className="body">
        <LineNav />
        <main id="main" tabIndex={-1}>
          <Main />
        </main>
      </div>
      <DropZone />
      {isSettled && (
        <Part>
          <Notices />
        </Part>
      )}
      {isHelpShown && (
        <Part>
          <KeysHelp onClose={() => setHelpShown(false)} />
        </Part>
      )}
    </>
  );
}

/** A part that the rest of the page does not need. */
function Part({ children }: { children: ReactNode }) {
  return (
    <Boundary fallback={null}>
      <Suspense>{children}</Suspense>
    </Boundary>
  );
}

/** A page whose code cannot be loaded leaves header, alerts and lines where they are. */
function Main() {
  const path = pathOf(useRoute());
  const [attempt, setAttempt] = useState(0);
  return (
    <Boundary
      key={`${path} ${attempt}`}
      fallback={<PageFailed onAgain={() => setAttempt((count) => count + 1)} />}
    >
      <Suspense fallback={<p className="quiet empty">{t("frame-loading")}</p>}>
        <View />
      </Suspense>
    </Boundary>
  );
}

/** Calls back when the browser is idle. */
function whenIdle(run: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(run, IDLE_AFTER_MS);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: IDLE_AFTER_MS });
  return () => cancelIdleCallback(handle);
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
    case "events":
      return <EventsView />;
    case "alarms":
      return <AlarmsView />;
    case "upload":
      return <UploadView />;
    case "shifts":
      return <ShiftsView />;
    case "account":
      return <AccountView />;
    case "people":
      return <PeopleView />;
    case "limits":
      return <LimitsView />;
    case "security":
      return <SecurityView />;
    case "deliveries":
      return <DeliveriesView />;
    case "plant-file":
      return <PlantFileView />;
    case "held":
      return <HeldView />;
    case "sign-in":
      return null; // `App` shows the sign-in page instead of the board.
    case "nowhere":
      return (
        <div className="empty">
          <h1>{t("frame-no-page", { path: route.path })}</h1>
          <p>
            <a href={hrefOf({ view: "plant" })}>{t("frame-to-plant")}</a>
          </p>
        </div>
      );
  }
}
