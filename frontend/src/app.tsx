/** The frame around every view: the plant is fetched once, the socket opened once, then the address decides. */

import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Toaster } from "sonner";
import { ApiProblem, api, messageOf } from "./api.ts";
import { isSamePlant, type Plant } from "./contract/plant.ts";
import { AlertBar } from "./features/alerts/AlertBar.tsx";
import { useTitle } from "./features/alerts/useTitle.ts";
import { DiskNotice } from "./features/frame/DiskNotice.tsx";
import { DisconnectedBar, Header } from "./features/frame/Header.tsx";
import { KeysHelp } from "./features/frame/KeysHelp.tsx";
import { useKeys } from "./features/frame/keys.ts";
import { say } from "./features/frame/toasts.ts";
import { LineNav } from "./features/line/LineNav.tsx";
import { LineView } from "./features/line/LineView.tsx";
import { PlantView } from "./features/plant/PlantView.tsx";
import { PlantContext, usePlant } from "./features/plant/plantContext.ts";
import { DropZone } from "./features/upload/DropZone.tsx";
import { leave } from "./features/upload/workbook.ts";
import { clockOf } from "./format/index.ts";
import { useConnection } from "./hooks/useSession.ts";
import { newQueryClient } from "./queries.ts";
import { hasParam, hrefOf, interceptLinks, useParam, useRoute } from "./router.ts";
import { SetpointProvider, useSession } from "./session/context.tsx";
import { fetchPlant } from "./session/plant.ts";
import { loadPages, t } from "./texts/catalogue.ts";
import { useLanguage } from "./texts/language.ts";
import { preloaded } from "./ui/preloaded.tsx";

// These come once the first page stands, so that they are there when a person asks for them.
const KioskView = preloaded(() =>
  withTexts(import("./features/kiosk/KioskView.tsx")).then((found) => found.KioskView),
);
const MachineView = preloaded(() =>
  withTexts(import("./features/machine/MachineView.tsx")).then((found) => found.MachineView),
);
const UploadView = preloaded(() =>
  withTexts(import("./features/upload/UploadView.tsx")).then((found) => found.UploadView),
);

const BatchesView = lazy(() =>
  withTexts(import("./features/batches/BatchesView.tsx")).then((module) => ({ default: module.BatchesView })),
);
const BatchView = preloaded(() =>
  withTexts(import("./features/batches/BatchView.tsx")).then((found) => found.BatchView),
);

const EventsView = lazy(() =>
  withTexts(import("./features/events/EventsView.tsx")).then((module) => ({ default: module.EventsView })),
);
const AlarmsView = lazy(() =>
  withTexts(import("./features/alarms/AlarmsView.tsx")).then((module) => ({ default: module.AlarmsView })),
);
const ShiftsView = lazy(() =>
  withTexts(import("./features/shifts/ShiftsView.tsx")).then((module) => ({ default: module.ShiftsView })),
);

const SignInView = lazy(() =>
  withTexts(import("./features/account/SignInView.tsx")).then((module) => ({ default: module.SignInView })),
);
const AccountView = lazy(() =>
  withTexts(import("./features/account/AccountView.tsx")).then((module) => ({ default: module.AccountView })),
);

const PeopleView = lazy(() =>
  withTexts(import("./features/people/PeopleView.tsx")).then((module) => ({ default: module.PeopleView })),
);

const LimitsView = lazy(() =>
  withTexts(import("./features/admin/LimitsView.tsx")).then((module) => ({ default: module.LimitsView })),
);
const SecurityView = lazy(() =>
  withTexts(import("./features/admin/SecurityView.tsx")).then((module) => ({ default: module.SecurityView })),
);
const PlantFileView = lazy(() =>
  withTexts(import("./features/admin/PlantFileView.tsx")).then((module) => ({
    default: module.PlantFileView,
  })),
);

const HeldView = lazy(() =>
  withTexts(import("./features/batches/HeldView.tsx")).then((module) => ({ default: module.HeldView })),
);
const HeldNotice = lazy(() =>
  withTexts(import("./features/batches/HeldView.tsx")).then((module) => ({ default: module.HeldNotice })),
);

/** A page and its texts. */
async function withTexts<Module>(page: Promise<Module>): Promise<Module> {
  const [found] = await Promise.all([page, loadPages()]);
  return found;
}

const ASK_AGAIN_MS = 2_000;
const IDLE_AFTER_MS = 1_000;

export function App() {
  const [client] = useState(newQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Page />
    </QueryClientProvider>
  );
}

function Page() {
  const theme = useParam("theme");
  useEffect(() => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }, [theme]);
  useEffect(interceptLinks, []);
  const route = useRoute();
  const { plant, problem, isSignedOut, readAgain } = useFetchedPlant();
  const language = useLanguage();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another language writes times in another way.
  const known = useMemo(() => (plant ? { plant, clock: clockOf(plant.timezone) } : null), [plant, language]);
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
  const { data, error, failureReason, refetch } = useQuery<Plant>({
    queryKey: ["plant"],
    queryFn: ({ signal }) => fetchPlant(api, signal),
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: (known, read) => (known && isSamePlant(known as Plant, read as Plant) ? known : read),
    retry: (_, reason) => !isSignedOut(reason),
    retryDelay: ASK_AGAIN_MS,
  });
  return {
    plant: data ?? null,
    problem: failureReason ? messageOf(failureReason) : null,
    isSignedOut: isSignedOut(error),
    readAgain: useCallback(() => void refetch(), [refetch]),
  };
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 401;
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
      <Frame key={useLanguage()} isKiosk={isKiosk} />
    </SetpointProvider>
  );
}

/** A preview looks at the session that it was opened in, and outlives another language. */
function LeaveUpload() {
  const session = useSession();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session leaves the preview of the one before.
  useEffect(() => leave, [session]);
  return null;
}

function Frame({ isKiosk }: { isKiosk: boolean }) {
  const theme = useParam("theme");
  const { state, lastFrameMs } = useConnection();
  // A try to connect shows nothing new: until it succeeds, what is on the page stays without colour.
  const link = state === "CONNECTING" && lastFrameMs !== null ? "disconnected" : state.toLowerCase();
  useTitle();
  const needsSecondPerson = usePlant().plant.fields.some((field) => field.needsSecondPerson);
  useEffect(() => {
    document.documentElement.dataset.link = link;
  }, [link]);
  const [isHelpShown, setHelpShown] = useState(false);
  useKeys(() => setHelpShown(true));
  useEffect(() => whenIdle(isKiosk ? [KioskView] : [UploadView, MachineView, BatchView]), [isKiosk]);
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
      <DiskNotice />
      <AlertBar />
      {needsSecondPerson && (
        <Suspense>
          <HeldNotice />
        </Suspense>
      )}
      <div className="body">
        <LineNav />
        <main id="main" tabIndex={-1}>
          <Suspense fallback={<p className="quiet empty">{t("frame-loading")}</p>}>
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
        containerAriaLabel={t("frame-notices")}
        toastOptions={{ closeButtonAriaLabel: t("frame-close-notice") }}
        visibleToasts={4}
        theme={theme === "light" || theme === "dark" ? theme : "system"}
      />
      {isHelpShown && <KeysHelp onClose={() => setHelpShown(false)} />}
    </>
  );
}

/** Loads what a person may soon ask for, once the browser has nothing better to do. */
function whenIdle(views: readonly { preload: () => void }[]): () => void {
  const load = () => {
    for (const view of views) view.preload();
  };
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(load, IDLE_AFTER_MS);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(load, { timeout: IDLE_AFTER_MS });
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
    case "plant-file":
      return <PlantFileView />;
    case "held":
      return <HeldView />;
    case "sign-in":
      return null; // The door stands before the board, in `App`.
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
