/**
 * Texts for people, by id and arguments, from the catalogue in `src/setpoint/texts`. `board/` comes with the first
 * load, `pages/` with the first page that is loaded later. Another language is loaded whole, once it is chosen.
 */
import { FluentBundle, type Message } from "@fluent/bundle";

/** The languages of the catalogue, each by its own name, with the locale of its numbers and dates. */
export const LANGUAGES = {
  en: { name: "English", locale: "en-GB" },
  de: { name: "Deutsch", locale: "de-DE" },
} as const;

/** `pseudo` is English with every letter changed: text that is still plain English does not come from the catalogue. */
export type Language = keyof typeof LANGUAGES | "pseudo";

export type Args = Readonly<Record<string, string | number>>;

/** A file of the catalogue as the build reads it (vite.config.ts): each text's pattern by its id. */
export type Patterns = Readonly<Record<string, Message["value"]>>;

const board = import.meta.glob<Patterns>("../../../src/setpoint/texts/en/board/*.ftl", {
  import: "default",
  eager: true,
});

let language: Language = "en";
let bundle = bundleOf("en", Object.values(board));
/** What an English page adds to `board/`. */
const english = bundle;

/** The text as people read it. An id that is not in the catalogue is an error in tests, and shown as it is elsewhere. */
export function t(id: string, args: Args = {}): string {
  const pattern = bundle.getMessage(id)?.value;
  if (pattern) return bundle.formatPattern(pattern, args);
  if (import.meta.env.MODE === "test")
    throw new Error(`expected a text with the id ${id}, but none is loaded`);
  return id;
}

/** Like `t`; null if the catalogue lacks the id, or the arguments lack one of the text's. */
export function textIfWhole(id: string, args: Args): string | null {
  const pattern = bundle.getMessage(id)?.value;
  const errors: Error[] = [];
  const text = pattern ? bundle.formatPattern(pattern, args, errors) : null;
  return errors.length ? null : text;
}

/** Whether the catalogue has the id: for words that come from outside, such as statuses. */
export function hasText(id: string): boolean {
  return bundle.hasMessage(id);
}

export function languageNow(): Language {
  return language;
}

/** For `Intl`: how numbers and dates are written. */
export function localeNow(): string {
  return language === "pseudo" ? LANGUAGES.en.locale : LANGUAGES[language].locale;
}

/** Loads the texts of the pages that are not in the first load; only English comes in two parts. */
export async function loadPages(): Promise<void> {
  const { pages } = await import("./english.ts");
  add(english, pages);
}

/** Loads the language; everything shown afterwards uses it. */
export async function loadLanguage(wanted: Language): Promise<void> {
  if (wanted === language) return;
  if (wanted === "en") bundle = english;
  else if (wanted === "de") bundle = bundleOf("de", (await import("./german.ts")).german);
  else {
    const { machines, pseudo } = await import("./pseudo.ts");
    const { pages } = await import("./english.ts");
    bundle = bundleOf("en", [...Object.values(board), ...pages, ...machines], pseudo);
  }
  language = wanted;
  document.documentElement.lang = wanted === "pseudo" ? "en" : wanted;
}

function bundleOf(
  of: keyof typeof LANGUAGES,
  sources: readonly Patterns[],
  transform?: (text: string) => string,
): FluentBundle {
  const result = new FluentBundle(LANGUAGES[of].locale, {
    useIsolating: false,
    ...(transform && { transform }),
  });
  add(result, sources);
  return result;
}

function add(to: FluentBundle, sources: readonly Patterns[]): void {
  for (const source of sources) {
    const body = Object.entries(source).map(([id, value]) => ({ id, value, attributes: {} }));
    to.addResource({ body }, { allowOverrides: true });
  }
}
