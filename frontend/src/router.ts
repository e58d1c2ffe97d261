/**
 * The place in the board, as the address has it. The address is the state of the screen: the back button undoes a step,
 * and a copied address shows another person the same.
 *
 * The demo's person (`user`, `role`), the kind of screen (`kiosk`, `theme`) and its language (`lang`) stay in the
 * address from view to view; filters belong to the view that set them.
 */
import { useCallback, useSyncExternalStore } from "react";

export type Route =
  | { view: "plant" }
  | { view: "line"; line: string }
  /** `machine` is an entity key (`m_402`); the address shows the id that people know (`m:402`). */
  | { view: "machine"; machine: string }
  | { view: "batches" }
  | { view: "batch"; txId: string }
  | { view: "events" }
  | { view: "alarms" }
  | { view: "upload" }
  /** `?shift=` chooses one by its beginning, the newest without it; `?line=` narrows it. */
  | { view: "shifts" }
  | { view: "account" }
  /** `?person=` chooses one. */
  | { view: "people" }
  /** `?person=` chooses whose limits are shown. Without it, the page shows the default. */
  | { view: "limits" }
  | { view: "security" }
  /** `?channel=` and `?status=` narrow the list. */
  | { view: "deliveries" }
  | { view: "plant-file" }
  | { view: "held" }
  | { view: "sign-in" }
  | { view: "nowhere"; path: string };

/** Views whose address is their name. */
const ALONE = [
  "events",
  "alarms",
  "upload",
  "shifts",
  "account",
  "people",
  "limits",
  "security",
  "deliveries",
  "plant-file",
  "held",
  "sign-in",
] as const;
const STICKY = ["user", "role", "kiosk", "theme", "lang"];
const listeners = new Set<() => void>();

export function routeOf(path: string): Route {
  const [first = "", second = "", ...rest] = path.split("/").filter(Boolean).map(decoded);
  if (rest.length > 0) return { view: "nowhere", path };
  if (first === "") return { view: "plant" };
  if (first === "lines" && second) return { view: "line", line: second };
  if (first === "machines" && second) return { view: "machine", machine: second.replace(":", "_") };
  if (first === "batches") return second ? { view: "batch", txId: second } : { view: "batches" };
  const page = ALONE.find((view) => view === first);
  if (!second && page) return { view: page };
  return { view: "nowhere", path };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The path of a route. Only this function makes addresses. */
export function pathOf(route: Route): string {
  switch (route.view) {
    case "plant":
      return "/";
    case "line":
      return `/lines/${encodeURIComponent(route.line)}`;
    case "machine":
      return `/machines/${encodeURIComponent(route.machine.replace("_", ":")).replace("%3A", ":")}`;
    case "batch":
      return `/batches/${encodeURIComponent(route.txId)}`;
    case "batches":
    case "events":
    case "alarms":
    case "upload":
    case "shifts":
    case "account":
    case "people":
    case "limits":
    case "security":
    case "deliveries":
    case "plant-file":
    case "held":
    case "sign-in":
      return `/${route.view}`;
    case "nowhere":
      return route.path;
  }
}

/** The complete address of a route: its path, the sticky parameters, and the view's own parameters. */
export function hrefOf(route: Route, params: Record<string, string> = {}): string {
  const query = stickyQuery();
  const own = Object.entries(params).filter(([, value]) => value);
  if (own.length === 0) return pathOf(route) + query;
  const next = new URLSearchParams(query);
  for (const [name, value] of own) next.set(name, value);
  return withQuery(pathOf(route), next);
}

/**
 * `hrefOf` for a part that renders only when something of its own changes, or that has thousands of links: asking the
 * browser for its address takes longer than the rest. Another function once the sticky parameters change.
 */
export function useHrefs(): (route: Route) => string {
  const query = useSyncExternalStore(subscribe, stickyQuery);
  return useCallback((route) => pathOf(route) + query, [query]);
}

function stickyQuery(): string {
  const { search } = window.location;
  if (kept.search !== search) kept = { search, query: stickyOf(search) };
  return kept.query;
}

/** The sticky parameters of an address, as they were read last. */
let kept = { search: "", query: "" };

function stickyOf(search: string): string {
  const now = new URLSearchParams(search);
  const next = new URLSearchParams();
  for (const name of STICKY) {
    const value = now.get(name);
    if (value !== null) next.set(name, value);
  }
  return withQuery("", next);
}

export function go(route: Route, params: Record<string, string> = {}): void {
  moveTo(hrefOf(route, params));
}

/** The new view starts at its top and has the focus. The router keeps the old scroll position for the way back. */
function moveTo(href: string): void {
  const main = document.getElementById("main");
  if (main) window.history.replaceState({ top: main.scrollTop }, "");
  window.history.pushState(null, "", href);
  main?.scrollTo(0, 0);
  announce();
  main?.focus({ preventScroll: true });
}

/** How long a view may take to get back its height. */
const RESTORE_WITHIN_MS = 2_000;

function moveBack({ state }: PopStateEvent): void {
  announce();
  document.getElementById("main")?.focus({ preventScroll: true });
  const top: unknown = state?.top;
  if (typeof top === "number") restoreTop(top, window.location.href, performance.now() + RESTORE_WITHIN_MS);
}

/** Tried again at each frame: the view may still be loading. */
function restoreTop(top: number, href: string, untilMs: number): void {
  requestAnimationFrame((nowMs) => {
    const main = document.getElementById("main");
    main?.scrollTo(0, top);
    const isThere = main !== null && Math.abs(main.scrollTop - top) < 2;
    if (!isThere && nowMs < untilMs && window.location.href === href) restoreTop(top, href, untilMs);
  });
}

/** Sets or removes (empty) a parameter of the current view, without a step for the back button. */
export function setParam(name: string, value: string): void {
  const params = new URLSearchParams(window.location.search);
  if (value) params.set(name, value);
  else params.delete(name);
  window.history.replaceState(null, "", withQuery(window.location.pathname, params));
  announce();
}

export function useRoute(): Route {
  const path = useSyncExternalStore(subscribe, () => window.location.pathname);
  return routeOf(path);
}

/** A parameter's value, or the empty string if it is absent. */
export function useParam(name: string): string {
  return useSyncExternalStore(subscribe, () => new URLSearchParams(window.location.search).get(name) ?? "");
}

export function hasParam(name: string): boolean {
  return new URLSearchParams(window.location.search).has(name);
}

function withQuery(path: string, params: URLSearchParams): string {
  const query = params.toString().replace(/=(?=&|$)/g, "");
  return query ? `${path}?${query}` : path;
}

function announce(): void {
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener("popstate", moveBack);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener("popstate", moveBack);
  };
}

/** Links inside the board change the address without loading the page again. */
export function interceptLinks(): () => void {
  const onClick = (event: MouseEvent) => {
    const hasModifier = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || event.button !== 0 || hasModifier || !(event.target instanceof Element))
      return;
    const link = event.target.closest("a");
    if (!link || link.origin !== window.location.origin || link.target || link.hasAttribute("download"))
      return;
    if (link.pathname.startsWith("/api/") || (link.hash && link.pathname === window.location.pathname))
      return;
    event.preventDefault();
    moveTo(link.href);
  };
  document.addEventListener("click", onClick);
  return () => document.removeEventListener("click", onClick);
}
