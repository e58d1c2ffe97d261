/** The title of the browser's tab: the most serious problem first, then the page, then the plant. */

import { useEffect } from "react";
import { GLYPH } from "../../format/index.ts";
import { useConcerns, useHold } from "../../hooks/useSession.ts";
import { type Route, useRoute } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";

const PAGES: { readonly [view in Route["view"]]?: string } = {
  batches: "title-batches",
  batch: "title-batch",
  upload: "title-upload",
  account: "title-account",
  people: "title-people",
  held: "title-held",
};

export function useTitle(): void {
  const { plant } = usePlant();
  const { critical } = useConcerns();
  const isLive = useHold() === null;
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
  const page = PAGES[route.view];
  return page ? t(page) : "";
}
