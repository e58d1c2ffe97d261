/** The sentence of a message, in the page's language. Twin of `text` in `src/setpoint/texts`. */
import type { Message, MessageArg } from "../contract/message.ts";
import { type Args, languageNow, t, textIfWhole } from "./catalogue.ts";

export function messageText({ code, args = {} }: Message): string {
  const plain: Record<string, Args[string]> = {};
  for (const [name, value] of Object.entries(args)) plain[name] = plainOf(value);
  return t(code, plain);
}

/** A message becomes its own text, and a list `a, b and c`. */
function plainOf(arg: MessageArg): string | number {
  if (typeof arg !== "object") return arg;
  if ("code" in arg) return messageText(arg);
  const words = arg.map((each) => String(plainOf(each)));
  if (words.length < 2) return words.join("");
  return t("list-and", { before: words.slice(0, -1).join(", "), last: words.at(-1) ?? "" });
}

/**
 * A message of the server in the page's language; the English text that came with it if there is no code, or if the
 * catalogue lacks a part of it (SAY-2). Twin of `localized` in `src/setpoint/texts`.
 */
export function localized(message: Message | null | undefined, english: string): string {
  return message && languageNow() !== "en" ? (wholeText(message) ?? english) : english;
}

function wholeText({ code, args = {} }: Message): string | null {
  const plain: Record<string, Args[string]> = {};
  for (const [name, value] of Object.entries(args)) {
    const text = wholePart(value);
    if (text === null) return null;
    plain[name] = text;
  }
  return textIfWhole(code, plain);
}

function wholePart(arg: MessageArg): string | number | null {
  if (typeof arg !== "object") return arg;
  if ("code" in arg) return wholeText(arg);
  const parts = arg.map((each) => (typeof each === "string" ? each : wholeText(each)));
  return parts.some((each) => each === null) ? null : plainOf(parts as string[]);
}
