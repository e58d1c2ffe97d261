/**
 * English whose letters are all accented, and half as long again: it reveals texts that are not in the catalogue, and
 * layouts that break.
 */
const PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ACCENTED = "áƀçđéƒǧħíĵķłɱñóƥɋŕšţúṽŵẋýžÁɃÇĐÉƑǦĦÍĴĶŁṀÑÓƤɊŔŠŢÚṼŴẊÝŽ";
const CHANGED = new Map([...PLAIN].map((letter, at) => [letter, [...ACCENTED][at] ?? letter]));

export function pseudo(text: string): string {
  const changed = [...text].map((letter) => CHANGED.get(letter) ?? letter).join("");
  const more = "~".repeat(Math.floor(text.replace(/\W/g, "").length / 2));
  return changed.replace(/\s*$/, (end) => more + end);
}
