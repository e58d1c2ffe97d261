/** The notes of a preview's rows in the words of the board. `preview` decides what a row is. */

import type { Value } from "../../contract/index.ts";
import type { Field } from "../../contract/plant.ts";
import { type Clock, measured, qualityWord, statusWord } from "../../format/index.ts";
import type { Note, Row } from "../../preview/index.ts";

type Words = (note: Note, clock: Clock) => string;

const OVERWRITE = "Tick it to overwrite.";

const WORDS: Readonly<Record<string, Words>> = {
  stop: barrierWords,
  quality: ({ args }) => `contact is not good (${qualityWord(args.quality).toLowerCase()})`,
  "read-only": barrierWords,
  changed: ({ args }, clock) => mover(args, clock),
  "changed-since-shown": ({ args }, clock) => `${mover(args, clock)}, after it was shown here`,
  "cleared-since-shown": ({ args }) => `It was in ${barrierWord(args.barrier)} when it was shown here`,
  "not-allowed": () => "The field does not take this value.",
};

/** All that is to be said beside a row. */
export function noteWords(row: Row, field: Field | null, clock: Clock): string {
  if (row.state === "waiting") return "Nothing heard of it yet.";
  const words = row.notes.map((note) => WORDS[note.code]?.(note, clock) ?? note.text);
  if (row.state === "conflict" && field && words[0]) {
    words[0] = `${words[0]}; it is ${measured(field, row.now)} now. ${OVERWRITE}`;
  }
  return words.filter(Boolean).join(" ");
}

/** What blocks many machines: `line 02, EMERGENCY STOP since 14:02`. */
export function barrierWords({ code, args }: Note, clock: Clock): string {
  const line = `line ${args.line}`;
  if (code === "read-only") return `${line}, which you may look at and not change`;
  if (code === "quality") return `${line}, contact is not good (${qualityWord(args.quality).toLowerCase()})`;
  const since = typeof args.since === "number" ? ` since ${clock.minute(args.since)}` : "";
  return `${line}, ${statusWord(args.status)}${since}`;
}

/** CONF-2: a person, the machine itself, and a stop are told apart. */
function mover({ by, name, at }: Note["args"], clock: Clock): string {
  if (by === undefined || typeof at !== "number") return "Changed since";
  const time = clock.minute(at);
  if (by === "operator") return `Changed by ${name} at ${time}`;
  return by === "device" ? `Changed at the machine at ${time}` : `Voided by ${statusWord(name)} at ${time}`;
}

function barrierWord(barrier: Value | undefined): string {
  const text = String(barrier);
  return text === text.toUpperCase() && text.includes("_") ? statusWord(text) : qualityWord(text);
}
