/** The notes of a preview's rows in the words of the board. `preview` decides what a row is. */

import type { Value } from "../../contract/index.ts";
import type { Plant } from "../../contract/plant.ts";
import { type Clock, inSentence, isCritical, measured, qualityWord, statusWord } from "../../format/index.ts";
import type { Note, Row } from "../../preview/index.ts";
import { t } from "../../texts/catalogue.ts";
import { messageText } from "../../texts/message.ts";

type Words = (note: Note, clock: Clock) => string;

const WORDS: Readonly<Record<string, Words>> = {
  stop: barrierWords,
  quality: ({ args }) => t("note-quality", { quality: inSentence(qualityWord(args.quality)) }),
  "read-only": barrierWords,
  changed: ({ args }, clock) => mover(args, clock),
  "changed-since-shown": ({ args }, clock) => t("note-after-shown", { who: mover(args, clock) }),
  "cleared-since-shown": ({ args }) => clearedWords(args.barrier),
  "not-allowed": () => t("note-not-allowed"),
};

/**
 * All notes beside a row, and what to do about a conflict, if something still can be done. For a machine that has
 * left the plant since the workbook was read, no data will arrive.
 */
export function noteWords(row: Row, clock: Clock, plant: Plant, isOver = false): string {
  if (row.state === "waiting")
    return plant.machines.has(row.machine ?? "") ? t("note-not-heard") : t("note-left");
  const field = plant.fieldsByName.get(row.field ?? "");
  const words = row.notes.map((note) => (note.message ? messageText(note.message) : ownWords(note, clock)));
  if (row.state === "conflict" && field && words[0]) {
    words[0] = t(isOver ? "note-left-alone" : "note-overwrite", {
      who: words[0],
      value: measured(field, row.now),
    });
  }
  return words.filter(Boolean).join(" ");
}

/** The preview's own notes. */
function ownWords(note: Note, clock: Clock): string {
  return WORDS[note.code]?.(note, clock) ?? "";
}

/** What blocks many machines: `line 02, EMERGENCY STOP since 14:02`. */
export function barrierWords({ code, args }: Note, clock: Clock): string {
  const line = String(args.line);
  if (code === "read-only") return t("barrier-read-only", { line });
  if (code === "quality")
    return t("barrier-quality", { line, quality: inSentence(qualityWord(args.quality)) });
  const values = { line, status: statusWord(args.status) };
  return typeof args.since === "number"
    ? t("barrier-stop-since", { ...values, time: clock.minute(args.since) })
    : t("barrier-stop", values);
}

/** CONF-2: distinguishes a person, the machine itself, and a stop. */
function mover({ by, name, at }: Note["args"], clock: Clock): string {
  if (by === undefined || typeof at !== "number") return t("note-changed-since");
  const time = clock.minute(at);
  if (by === "operator") return t("note-changed-by", { name: String(name), time });
  return by === "device"
    ? t("note-changed-at-machine", { time })
    : t("note-voided", { name: statusWord(name), time });
}

/** What blocked a machine: a critical status, or otherwise a quality. */
function clearedWords(barrier: Value | undefined): string {
  return isCritical(barrier)
    ? t("note-cleared", { barrier: statusWord(barrier) })
    : t("note-back", { quality: inSentence(qualityWord(barrier)) });
}
