/**
 * Sentences of the server and the layer in the page's language. They come in English, with a code: English shows the
 * sentence, another language the catalogue's text of the code. A code that is not known keeps its family's text.
 */
import type { By } from "../contract/index.ts";
import type { Field } from "../contract/plant.ts";
import { type Args, hasText, languageNow, t } from "../texts/catalogue.ts";
import { targetText } from "./target.ts";
import { statusWord, withStatusWords } from "./words.ts";

/** What the layer says by itself (`Api`), and problems by their kind. */
export function saidByLayer(code: string, sentence: string, args: Args = {}): string {
  if (languageNow() === "en") return sentence;
  if (hasText(`said-${code}`)) return t(`said-${code}`, args);
  return hasText(`problem-${code}`) ? t(`problem-${code}`) : t("problem-other", { code });
}

/** Why a file was not read. */
export function fileProblem(code: string | undefined, sentence: string): string {
  if (languageNow() === "en") return sentence;
  return t(hasText(`file-problem-${code}`) ? `file-problem-${code}` : "file-problem-other");
}

interface End {
  /** An outcome, or what a notice is called. */
  readonly outcome: string;
  readonly by?: By | null | undefined;
  readonly message?: string | null | undefined;
}

/** How a target ended, and why. */
export function endWords({ outcome, by, message }: End): string {
  if (languageNow() === "en") return withStatusWords(message ?? "");
  if (by?.kind === "safety") return t("end-safety", { name: statusWord(by.name) });
  if (outcome === "conflict" && by?.kind === "device") return t("end-device");
  // What the machine, or the driver that speaks with it, answered is theirs.
  if (outcome === "failed" && message && !message.startsWith("Not applied"))
    return t("end-failed-why", { message });
  if (by?.kind === "operator" && by.name && hasText(`end-${outcome}-by`))
    return t(`end-${outcome}-by`, { name: by.name });
  return hasText(`end-${outcome}`) ? t(`end-${outcome}`) : outcome;
}

export interface Issue {
  readonly code: string;
  readonly msg: string;
  readonly column?: string | undefined;
}

/** What is wrong with a cell or a row, and what was expected; `field` is the column's, if it is one. */
export function issueWords({ code, msg, column }: Issue, field: Field | null | undefined): string {
  if (languageNow() === "en") return msg;
  const id = [`wrong-${code}`, `issue-${code}`].find(hasText);
  const what = id ? t(id) : code.replaceAll("_", " ");
  if (!column) return t("issue-only", { what });
  return field ? t("issue-wants", { column, what, wants: wants(field) }) : t("issue-is", { column, what });
}

/** What was noticed about a sheet, a column or a cell that was read with goodwill. */
export function warningWords({ code, msg, column }: Issue): string {
  if (languageNow() === "en") return msg;
  return t(hasText(`warning-${code}`) ? `warning-${code}` : "warning-other", { column: column ?? "" });
}

function wants(field: Field): string {
  const { type, minimum, maximum, options } = field;
  if (type === "choice") return t("wants-option", { options: options.join(", ") });
  if (type === "text") return t("wants-text");
  const low = minimum === null ? "" : targetText(field, minimum);
  const high = maximum === null ? "" : targetText(field, maximum);
  const kind = low && high ? "range" : low ? "low" : high ? "high" : "number";
  return t(`wants-${kind}`, { low, high });
}
