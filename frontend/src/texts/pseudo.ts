/**
 * English whose letters are all accented, and half as long again: it reveals texts that are not in the catalogue, and
 * layouts that break.
 */
import type { Patterns } from "./catalogue.ts";

const PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ACCENTED = "áƀçđéƒǧħíĵķłɱñóƥɋŕšţúṽŵẋýžÁɃÇĐÉƑǦĦÍĴĶŁṀÑÓƤɊŔŠŢÚṼŴẊÝŽ";
const CHANGED = new Map([...PLAIN].map((letter, at) => [letter, [...ACCENTED][at] ?? letter]));

export function pseudo(text: string): string {
  const changed = [...text].map((letter) => CHANGED.get(letter) ?? letter).join("");
  const more = "~".repeat(Math.floor(text.replace(/\W/g, "").length / 2));
  return changed.replace(/\s*$/, (end) => more + end);
}

const files = import.meta.glob<Patterns>("../../../src/setpoint/texts/en/words/machines.ftl", {
  import: "default",
  eager: true,
});

/** Messages that come with their code (SAY-1): an English page shows the sentence that comes with it. */
export const machines = Object.values(files);
