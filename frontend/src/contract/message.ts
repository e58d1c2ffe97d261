/**
 * A message to a person without its language: a code and its arguments. Twin of `src/setpoint/message.py`.
 * Programs read the code and the arguments; `messageText` makes the sentence, in the page's language.
 */
import { z } from "../zod.ts";

/** `code` names the text. An argument is a word, a count, another message, or a list of words and messages. */
export interface Message {
  readonly code: string;
  readonly args?: MessageArgs | undefined;
}

export type MessageArg = string | number | Message | readonly (string | Message)[];
export type MessageArgs = Readonly<Record<string, MessageArg>>;

export const MessageSchema: z.ZodType<Message> = z.lazy(() =>
  z.object({ code: z.string(), args: MessageArgsSchema.optional() }),
);

export const MessageArgsSchema: z.ZodType<MessageArgs> = z.record(
  z.string(),
  z.union([z.string(), z.number(), MessageSchema, z.array(z.union([z.string(), MessageSchema]))]),
);

/**
 * The code and arguments of a record's `qualityReason`, which `qualitySaid` has as JSON, if there are any (SAY-1). Twin
 * of `reason_message` in `contract/values.py`.
 */
export function reasonMessage(record: { readonly [field: string]: unknown }): Message | null {
  if (typeof record.qualitySaid !== "string") return null;
  try {
    return MessageSchema.parse(JSON.parse(record.qualitySaid));
  } catch {
    return null; // a newer server's
  }
}
