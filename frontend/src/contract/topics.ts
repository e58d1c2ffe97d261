/**
 * Names of topics, machines and entities, and the only functions that convert them (ID-1, ID-2).
 * Twin of `src/setpoint/contract/topics`.
 *
 *     topic        dashboard:global ▸ line:01 ▸ m:401      what a client subscribes to
 *     entity key   m_401                                   a machine in a payload and in code
 *     machine id   m:401                                   a machine in a workbook and on screen
 *
 * The part after `m:` is the machine's name: digits, or letters and digits if the plant file says so (`m:A7`).
 */

/** The topic of the whole plant, to which every client listens. */
export const DASHBOARD = "dashboard:global";

export type TopicKind = "plant" | "line" | "machine";

/** The shortest time between two deltas of a topic (TICK-1). */
export const CADENCE_MS: { readonly [kind in TopicKind]: number } = {
  plant: 5_000,
  line: 1_000,
  machine: 250,
};

const MACHINE_ID = /^m:([0-9A-Za-z]{1,12})$/;
const ENTITY_KEY = /^m_([0-9A-Za-z]{1,12})$/;
const PLAIN_MACHINE_ID = /^m:[0-9]{1,12}$/;
const LOOSE_MACHINE_ID = /^(?:m *[:_-]? *)?([0-9]{1,12})$/;
const LINE = /^line:([0-9A-Za-z-]{1,32})$/;

// Spaces that people cannot tell apart, characters that they cannot see at all, the dashes that word
// processors make of a hyphen, and the wide letters and other digits of Asian keyboards.
const SPACES = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;
// White space at the end has to follow another character. Without that, a long run inside a text would take quadratic
// time.
const TRIMMED =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|(?<![\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;
/** Characters that people cannot see. */
export const INVISIBLE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them counts alone
  /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]/g;
/** The same without U+202E, which shows what follows from right to left: 051 as 150. Such a text differs from
 * what people see. */
const DROPPED =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them counts alone
  /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202d\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]/g;
const WIDE = /[\uff01-\uff5e]/g;
const DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;
const WHITE = /^[\t-\r ]+|(?<![\t-\r ])[\t-\r ]+$/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: everything below is what most texts are
const ASCII = /^[\x00-\x7f]*$/;
const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;

/** The level of a topic's name; null if it is not a topic's name. Does not check whether the topic exists. */
export function topicKind(topic: string): TopicKind | null {
  if (topic === DASHBOARD) return "plant";
  if (LINE.test(topic)) return "line";
  return MACHINE_ID.test(topic) ? "machine" : null;
}

/** `01` → `line:01`. */
export function lineTopic(line: string): string {
  return `line:${line}`;
}

/** `m:402` → `m_402`. Throws for anything that is not a machine id. */
export function entityKey(machine: string): string {
  const found = MACHINE_ID.exec(machine);
  if (!found) throw new TypeError(`expected a machine id such as m:402, but got ${JSON.stringify(machine)}`);
  return `m_${found[1]}`;
}

/** `m_402` → `m:402`. Throws for anything that is not an entity key. */
export function machineId(entity: string): string {
  const found = ENTITY_KEY.exec(entity);
  if (!found) throw new TypeError(`expected an entity key such as m_402, but got ${JSON.stringify(entity)}`);
  return `m:${found[1]}`;
}

/** Text as people meant it: one kind of space, of dash, of letter and of digit, nothing invisible, and trimmed. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.replace(WHITE, "");
  return text
    .replace(SPACES, " ")
    .replace(DROPPED, "")
    .replace(DASHES, "-")
    .replace(WIDE, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(DIGITS, (digit) => String(digit.charCodeAt(0) & 15))
    .replace(/\u066b/g, ".")
    .replace(/\u066c/g, "'")
    .replace(WHITE, "");
}

/** The text without the spaces around it, otherwise unchanged. */
export function trim(text: string): string {
  return text.replace(TRIMMED, "");
}

/** A machine id from a workbook's cell. `isExact` is false if the cell has another form of it (ID-2). */
export interface ReadMachineId {
  readonly id: string;
  readonly isExact: boolean;
}

/**
 * Reads a `Machine ID` cell in a plant whose machines are named by digits (ID-2). Null if it names no machine. `m:402`
 * is exact, trimmed or not. `M:402`, `m_402` and `402` (text or number) are other forms of it, which the caller turns
 * into a warning. Leading zeros are kept: `m:007` is not `m:7`. `MachineNames.read` also knows names with letters.
 */
export function readMachineId(cell: string | number | boolean): ReadMachineId | null {
  if (typeof cell === "boolean") return null;
  if (typeof cell === "number") {
    return cell >= 0 && cell < 1e12 && Number.isInteger(cell) ? { id: `m:${cell}`, isExact: false } : null;
  }
  const text = fold(cell);
  if (PLAIN_MACHINE_ID.test(text)) return { id: text, isExact: true };
  const found = LOOSE_MACHINE_ID.exec(text.toLowerCase());
  return found ? { id: `m:${found[1]}`, isExact: false } : null;
}
