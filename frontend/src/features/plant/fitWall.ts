/** The size of the wall's cells: as large as the width allows, and low enough to see all lines at once. */

/** In rem, from here on. A cell is about square where there is room. */
const LEAST_CELL = 0.75;
const TOUCHED_CELL = 1.5;
const WIDE_CELL = 3;
const MOST_ROW = 6;
const MOST_RATIO = 1.5;
const LEAST_ROW = 1;
const ROW_GAP = 0.25;
/** Between lines of several rows. */
const LINE_GAP = 0.75;
/** Below this width a line has its name above its cells. */
const NARROW = 44;
const NARROW_HEAD = 1.5;
const FIGURES = 7.5;
/** The name of a line is in bold digits or letters, with one count beside it. */
const CHARACTER = 0.625;
const COUNT = 2.75;
const MOST_HEAD = 10;
const NUMBER_SIZES = [1.25, 1, 0.875, 0.75];
/** The room for a number of five characters, by its size. */
const NUMBER_WIDTH = 3.75;
const NUMBER_HEIGHT = 2;

/** The space that the page leaves for the wall, in px. */
export interface Room {
  readonly width: number;
  readonly height: number;
  readonly rem: number;
}

export interface Fit {
  readonly isNarrow: boolean;
  readonly columns: number;
  /** Width and height of a cell, and the width of a line's name, in rem. */
  readonly cell: number;
  readonly row: number;
  readonly head: number;
  /** The size of the machines' numbers in their cells, in rem; 0 if there is no room for them. */
  readonly number: number;
  /** Of each line with its gap, in px. */
  readonly heights: ReadonlyMap<string, number>;
}

interface Line {
  readonly id: string;
  readonly machines: readonly unknown[];
}

export function fitWall(lines: readonly Line[], { width, height, rem }: Room): Fit {
  const isNarrow = width / rem < NARROW;
  const longest = Math.max(0, ...lines.map(({ id }) => id.length));
  const head = Math.min(MOST_HEAD, longest * CHARACTER + COUNT);
  const across = width / rem - (isNarrow ? 0 : head + FIGURES);
  const widest = Math.max(1, ...lines.map(({ machines }) => machines.length));
  const least = isNarrow ? TOUCHED_CELL : LEAST_CELL;
  const most = Math.max(1, Math.floor(across / least));
  let best: Arrangement | null = null;
  // A line takes more than one row if that leaves more room for each machine, and all lines are still seen at once.
  for (let rowsEach = Math.ceil(widest / most); rowsEach <= widest; rowsEach += 1) {
    const columns = Math.ceil(widest / rowsEach); // rows of one length, not one full and one of the rest
    const rows = lines.reduce((sum, line) => sum + rowsIn(line, columns), 0);
    const between = rowsEach > 1 ? LINE_GAP : ROW_GAP;
    const share = (height / rem - between * lines.length) / Math.max(1, rows);
    if (best && share < LEAST_ROW) break;
    const room = Math.max(least, across / columns);
    const row = isNarrow ? Math.min(WIDE_CELL, room) : Math.max(LEAST_ROW, Math.min(MOST_ROW, room, share));
    const cell = Math.max(least, Math.min(room, Math.max(WIDE_CELL, row * MOST_RATIO)));
    if (best && cell * row <= best.cell * best.row) break;
    best = { columns, cell, row, gap: isNarrow || share >= LEAST_ROW ? between : 0 };
    if (isNarrow) break;
  }
  const { columns, cell, row, gap } = best ?? { columns: 1, cell: least, row: least, gap: ROW_GAP };
  const above = isNarrow ? NARROW_HEAD : 0;
  const heights = new Map(lines.map((line) => [line.id, (above + rowsIn(line, columns) * row + gap) * rem]));
  return { isNarrow, columns, cell, row, head, number: numberSize(cell, row), heights };
}

interface Arrangement {
  readonly columns: number;
  readonly cell: number;
  readonly row: number;
  readonly gap: number;
}

function rowsIn({ machines }: Line, columns: number): number {
  return Math.max(1, Math.ceil(machines.length / columns));
}

/** The largest size in which the number of a machine has room in its cell; 0 if it has none. */
function numberSize(cell: number, row: number): number {
  return NUMBER_SIZES.find((size) => size * NUMBER_WIDTH <= cell && size * NUMBER_HEIGHT <= row) ?? 0;
}
