/** The title of the browser's tab: the most serious problem first, then the page, then the plant. */

import { useEffect } from "react";
import { GLYPH } from "../../format/index.ts";
import { useConcerns, useIsLive } from "../../hooks/useSession.ts";
import { type Route, useRoute } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";

/** Every view has a title: lines and machines have their name, and the plant's page has the plant's. */
const PAGES: { readonly [view in Exclude<Route["view"], "plant" | "line" | "machine" | "nowhere">]: string } =
  {
    batches: "title-batches",
    batch: "title-batch",
    events: "frame-events",
    alarms: "frame-alarms",
    shifts: "frame-shifts",
    upload: "title-upload",
    limits: "title-limits",
    security: "title-security",
    deliveries: "title-deliveries",
    "plant-file": "title-plant-file",
    "sign-in": "title-sign-in",
    account: "title-account",
    people: "title-people",
    held: "title-held",
  };

export function useTitle(): void {
  const { plant } = usePlant();
  const { critical } = useConcerns();
  const isLive = useIsLive("dashboard:global");
  const route = useRoute();
  const news = isLive
    ? critical.length > 0
      ? `${GLYPH.critical} ${t("title-critical", { count: critical.length })}`
      : ""
    : `${GLYPH.stale} ${t("title-not-live")}`;
  const title = [news, pageName(route), plant.name, "Setpoint"].filter(Boolean).join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function pageName(route: Route): string {
  if (route.view === "line") return t("frame-line", { line: route.line });
  if (route.view === "machine") return route.machine.replace("_", ":");
  if (route.view === "plant" || route.view === "nowhere") return "";
  return t(PAGES[route.view]);
}
