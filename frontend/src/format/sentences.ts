/**
 * Sentences of the server and the layer in the page's language. They come in English, with a code: English shows the
 * sentence, another language the catalogue's text of the code. A code that is not known keeps its family's text.
 */
import type { By } from "../contract/index.ts";
import type { Message, MessageArgs } from "../contract/message.ts";
import { type Args, hasText, languageNow, t } from "../texts/catalogue.ts";
import { localized, messageText } from "../texts/message.ts";
import { asSentence, isCritical, statusWord, withStatusWords } from "./words.ts";

/** The layer's own messages (`Api`), and problems by their kind. */
export function layerSentence(code: string, sentence: string, args: Args = {}): string {
  if (languageNow() === "en") return asSentence(sentence);
  if (hasText(`said-${code}`)) return t(`said-${code}`, args);
  const whole = `problem-${code}-of`;
  if (Object.keys(args).length && hasText(whole)) return t(whole, args);
  return hasText(`problem-${code}`) ? t(`problem-${code}`) : t("problem-other", { code });
}

/** Why a file was not read. With its arguments, a text says what is missing and where. */
export function fileProblem(
  { code, args }: { readonly code?: string; readonly args?: MessageArgs },
  sentence: string,
): string {
  if (languageNow() === "en") return sentence;
  const whole = `file-problem-${code}-of`;
  if (args && Object.keys(args).length && hasText(whole)) return messageText({ code: whole, args });
  return t(hasText(`file-problem-${code}`) ? `file-problem-${code}` : "file-problem-other");
}

interface End {
  /** An outcome, or the name of a notice. */
  readonly outcome: string;
  readonly by?: By | null | undefined;
  readonly message?: string | null | undefined;
  readonly said?: Message | null | undefined;
}

/** `FAULT: belt torn` with the status in the page's language; null for any other message. */
function stopWords(message: string): string | null {
  const [status = "", ...cause] = message.split(": ");
  return isCritical(status) ? [statusWord(status), ...cause].join(": ") : null;
}

/** How a target ended, and why. */
export function endWords({ outcome, by, message, said }: End): string {
  if (languageNow() === "en") return withStatusWords(message ?? "");
  const stop = stopWords(message ?? "");
  if (stop !== null) return stop;
  if (by?.kind === "safety") return t("end-safety", { name: statusWord(by.name) });
  if (outcome === "conflict" && by?.kind === "device") return t("end-device");
  // An answer without a code is not translated.
  if (outcome === "failed" && message && !message.startsWith("Not applied"))
    return t("end-failed-why", { message: localized(said, message) });
  if (by?.kind === "operator" && by.name && hasText(`end-${outcome}-by`))
    return t(`end-${outcome}-by`, { name: by.name });
  const translated = localized(said, "");
  if (translated && outcome !== "conflict") return translated;
  return hasText(`end-${outcome}`) ? t(`end-${outcome}`) : outcome;
}
