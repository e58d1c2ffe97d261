/** Takes one stream out of a compound file, the file system inside xls (MS-CFB). Twin of `workbook/compound.py`. */
import { damaged } from "../limits.ts";

const FIRST_SPECIAL = 0xfffffffc;
const HEADER_BYTES = 512;
const HEADER_FAT_SECTORS = 109;
const MINI_CUTOFF = 4096;
const ENTRY_BYTES = 128;
const STREAM = 2;
const ROOT = 5;

interface StreamEntry {
  readonly name: string;
  readonly kind: number;
  readonly start: number;
  readonly bytes: number;
  /** Places of entries: those beside it in its folder, and the first one in it. */
  readonly left: number;
  readonly right: number;
  readonly child: number;
}

/** The streams of a compound file. Throws `WorkbookError` if its chains or its directory are inconsistent. */
export class CompoundFile {
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #sectorBytes: number;
  readonly #miniBytes: number;
  readonly #fat: readonly number[];
  readonly #miniFat: readonly number[];
  readonly #entries: readonly StreamEntry[];

  constructor(data: Uint8Array<ArrayBuffer>) {
    if (data.length < HEADER_BYTES) throw endsEarly();
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const [shift, miniShift] = [this.#view.getUint16(30, true), this.#view.getUint16(32, true)];
    if ((shift !== 9 && shift !== 12) || miniShift !== 6) throw endsEarly();
    this.#sectorBytes = 1 << shift;
    this.#miniBytes = 1 << miniShift;
    this.#fat = this.#numbers(this.#fatSectors());
    this.#entries = this.#directory(this.#chain(this.#long(48), this.#fat));
    const miniCount = this.#long(64);
    this.#miniFat = miniCount ? this.#numbers(this.#sectors(this.#long(60), this.#fat)) : [];
  }

  /** Whether there is a stream of this name in the root; case does not matter. What stands in a folder belongs to something that the document contains. */
  has(name: string): boolean {
    return this.#inRoot().some((entry) => isNamed(entry, name));
  }

  /** The bytes of a stream, of one in the root before one in a folder; undefined if there is none of this name. */
  read(name: string): Uint8Array<ArrayBuffer> | undefined {
    const entry = this.#find(name);
    if (!entry) return undefined;
    const bytes =
      entry.bytes >= MINI_CUTOFF ? this.#chain(entry.start, this.#fat) : this.#miniChain(entry.start);
    if (bytes.length < entry.bytes) throw endsEarly();
    return bytes.subarray(0, entry.bytes);
  }

  #find(name: string): StreamEntry | undefined {
    const found = [this.#inRoot(), this.#entries]
      .map((entries) => entries.filter((entry) => isNamed(entry, name)))
      .find((entries) => entries.length);
    if (found && found.length > 1) throw endsEarly();
    return found?.[0];
  }

  /** The entries of the root folder: a tree of siblings under its child. */
  #inRoot(): StreamEntry[] {
    const found = new Set<StreamEntry>();
    const places = [this.#entries[0]?.child];
    while (places.length) {
      const entry = this.#entries[places.pop() ?? -1];
      if (!entry || found.has(entry)) continue;
      found.add(entry);
      places.push(entry.left, entry.right);
    }
    return [...found];
  }

  /** The sectors of the allocation table: some in the header, the others in a chain of their own. */
  #fatSectors(): number[] {
    const sectors: number[] = [];
    for (let index = 0; index < HEADER_FAT_SECTORS; index++) sectors.push(this.#long(76 + 4 * index));
    const perSector = this.#sectorBytes / 4 - 1;
    let next = this.#long(68);
    const most = this.#data.length / this.#sectorBytes;
    for (let count = 0; next < FIRST_SPECIAL && count <= most; count++) {
      const at = this.#place(next);
      for (let index = 0; index < perSector; index++) sectors.push(this.#long(at + 4 * index));
      next = this.#long(at + 4 * perSector);
    }
    return sectors.filter((sector) => sector < FIRST_SPECIAL);
  }

  #numbers(sectors: readonly number[]): number[] {
    const numbers: number[] = [];
    for (const sector of sectors) {
      const at = this.#place(sector);
      for (let index = 0; index < this.#sectorBytes; index += 4) numbers.push(this.#long(at + index));
    }
    return numbers;
  }

  #sectors(start: number, table: readonly number[]): number[] {
    const sectors: number[] = [];
    for (let sector = start; sector < FIRST_SPECIAL; sector = table[sector] ?? FIRST_SPECIAL) {
      if (sectors.length > table.length) throw endsEarly(); // it runs in a circle
      sectors.push(sector);
    }
    return sectors;
  }

  #chain(start: number, table: readonly number[]): Uint8Array<ArrayBuffer> {
    const sectors = this.#sectors(start, table);
    const out = new Uint8Array(sectors.length * this.#sectorBytes);
    for (const [index, sector] of sectors.entries()) {
      const at = this.#place(sector);
      // The last sector of a file may be cut off behind what counts.
      out.set(this.#data.subarray(at, at + this.#sectorBytes), index * this.#sectorBytes);
    }
    return out;
  }

  #miniChain(start: number): Uint8Array<ArrayBuffer> {
    const root = this.#entries.find(({ kind }) => kind === ROOT);
    const mini = root ? this.#chain(root.start, this.#fat) : new Uint8Array();
    const sectors = this.#sectors(start, this.#miniFat);
    const out = new Uint8Array(sectors.length * this.#miniBytes);
    for (const [index, sector] of sectors.entries()) {
      const piece = mini.subarray(sector * this.#miniBytes, (sector + 1) * this.#miniBytes);
      out.set(piece, index * this.#miniBytes);
    }
    return out;
  }

  #directory(bytes: Uint8Array<ArrayBuffer>): StreamEntry[] {
    const view = new DataView(bytes.buffer);
    const entries: StreamEntry[] = [];
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      const nameBytes = Math.min(64, Math.max(0, view.getUint16(at + 64, true) - 2));
      entries.push({
        name: new TextDecoder("utf-16le").decode(bytes.subarray(at, at + nameBytes)),
        kind: view.getUint8(at + 66),
        start: view.getUint32(at + 116, true),
        bytes: view.getUint32(at + 120, true),
        left: view.getUint32(at + 68, true),
        right: view.getUint32(at + 72, true),
        child: view.getUint32(at + 76, true),
      });
    }
    return entries;
  }

  /** Where a sector starts. */
  #place(sector: number): number {
    const at = (sector + 1) * this.#sectorBytes;
    if (at >= this.#data.length) throw endsEarly();
    return at;
  }

  #long(at: number): number {
    if (at + 4 > this.#data.length) throw endsEarly();
    return this.#view.getUint32(at, true);
  }
}

function isNamed(entry: StreamEntry, name: string): boolean {
  return entry.kind === STREAM && entry.name.toLowerCase() === name.toLowerCase();
}

function endsEarly(): Error {
  return damaged("its records are not what they should be");
}
