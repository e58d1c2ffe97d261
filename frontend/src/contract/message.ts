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

const MessageSchema: z.ZodType<Message> = z.lazy(() =>
  z.object({ code: z.string(), args: MessageArgsSchema.optional() }),
);

export const MessageArgsSchema: z.ZodType<MessageArgs> = z.record(
  z.string(),
  z.union([z.string(), z.number(), MessageSchema, z.array(z.union([z.string(), MessageSchema]))]),
);
