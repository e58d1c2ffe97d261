/** What the views in `settings.xml` of an ods say (OpenDocument 1.3 part 3, 3.10). */
import type { Attributes } from "../xml/attributes.ts";
import type { XmlListener } from "../xml/scanner.ts";
import { trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import { ODF } from "./openDocument.ts";

export interface Settings {
  /** The name of the sheet that the program showed when it saved the file; empty if it does not say. */
  readonly active: string;
  /** Whether all sheets show a 0 as an empty cell, and the names of the sheets that do so by an entry of their own. */
  readonly hidesZeros: boolean;
  readonly withoutZeros: ReadonlySet<string>;
}

export async function readSettings(pack: Package): Promise<Settings> {
  const listener = new SettingsListener();
  if (pack.has("settings.xml")) await pack.scan("settings.xml", listener, ODF);
  return listener;
}

class SettingsListener implements XmlListener, Settings {
  active = "";
  hidesZeros = false;
  readonly withoutZeros = new Set<string>();
  onText: "take" | "skip" = "skip";
  #hasActive = false;
  /** The name of the open entry at each depth; empty for any other element. */
  readonly #entries: string[] = [];
  #item = "";
  #text = "";

  open(name: string, depth: number, attributes: Attributes): void {
    const own = attributes.get("config:name") ?? "";
    this.#entries[depth] = name === "config:config-item-map-entry" ? own : "";
    this.#item = name === "config:config-item" ? own : "";
    this.#text = "";
    this.onText = this.#item === "ActiveTable" || this.#item === "ShowZeroValues" ? "take" : "skip";
  }

  close(_name: string, depth: number): void {
    if (this.onText === "take") this.#take(this.#entries[depth - 1] ?? "");
    this.onText = "skip";
  }

  text(source: string, start: number, end: number): void {
    this.#text += source.slice(start, end);
  }

  #take(entry: string): void {
    if (this.#item === "ActiveTable") {
      if (!this.#hasActive) this.active = this.#text;
      this.#hasActive = true;
    } else if (trimmed(this.#text) === "false") {
      if (entry) this.withoutZeros.add(entry);
      else this.hidesZeros = true;
    }
  }
}
