/** The title of the browser's tab: the most serious problem first, then the page, then the plant. */
import { useEffect } from "react";
import { GLYPH } from "../../format/index.ts";
import { useConcerns, useHold } from "../../hooks/useSession.ts";
import { type Route, useRoute } from "../../router.ts";
import { usePlant } from "../plant/plantContext.ts";

const PAGES: { readonly [view in Route["view"]]?: string } = {
  batches: "Batches",
  batch: "Batch",
  upload: "Upload",
  account: "Account",
  people: "People",
  held: "Waiting for a second person",
};

export function useTitle(): void {
  const { plant } = usePlant();
  const { critical } = useConcerns();
  const isLive = useHold() === null;
  const route = useRoute();
  const news = isLive
    ? critical.length > 0
      ? `${GLYPH.critical} ${critical.length} critical`
      : ""
    : "◌ not live";
  const title = [news, pageName(route), plant.name, "Setpoint"].filter(Boolean).join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function pageName(route: Route): string {
  if (route.view === "line") return `Line ${route.line}`;
  if (route.view === "machine") return route.machine.replace("_", ":");
  return PAGES[route.view] ?? "";
}
