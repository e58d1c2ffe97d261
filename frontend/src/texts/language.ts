/**
 * The language of the page comes from `?lang=`, then from the choice in the menu, then from the browser; by default it
 * is English. It changes only what is shown; typed text and workbooks are read by the same rule in every language
 * (XL-2).
 */
import { useSyncExternalStore } from "react";
import { setParam } from "../router.ts";
import { type LANGUAGES, type Language, languageNow, loadLanguage } from "./catalogue.ts";

const KEPT_AS = "setpoint.language";
const listeners = new Set<() => void>();

/** The languages in which every page is complete. Other ones are available only with `?lang=`. */
export const OFFERED: readonly (keyof typeof LANGUAGES)[] = ["en", "de"];

function isOffered(name: string | null | undefined): name is keyof typeof LANGUAGES {
  return OFFERED.some((each) => each === name);
}

/** `search`: the query of the address. `kept`: what the menu kept. `preferred`: the browser's languages, best first. */
export function languageFor(search: string, kept: string | null, preferred: readonly string[]): Language {
  const requested = new URLSearchParams(search).get("lang");
  if (requested === "pseudo" || requested === "en" || requested === "de") return requested;
  if (isOffered(kept)) return kept;
  return preferred.map((each) => each.split("-")[0]).find(isOffered) ?? "en";
}

/** Loads the language before the first paint. If that fails, the page stays in English. */
export async function startLanguage(): Promise<void> {
  const wanted = languageFor(window.location.search, storedChoice(), navigator.languages);
  await loadLanguage(wanted).catch(() => {});
}

/** Keeps the choice in this browser, and in the address if that names a language. */
export async function chooseLanguage(wanted: keyof typeof LANGUAGES): Promise<void> {
  await loadLanguage(wanted);
  keep(wanted);
  if (new URLSearchParams(window.location.search).has("lang")) setParam("lang", wanted);
  for (const listener of listeners) listener();
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, languageNow);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function storedChoice(): string | null {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null; // storage is switched off
  }
}

function keep(language: string): void {
  try {
    localStorage.setItem(KEPT_AS, language);
  } catch {
    // The address and the page still have it.
  }
}
