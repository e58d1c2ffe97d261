/** The sentence of a message, in the page's language. Twin of `text` in `src/setpoint/texts`. */
import type { Message, MessageArg } from "../contract/message.ts";
import { type Args, t } from "./catalogue.ts";

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
