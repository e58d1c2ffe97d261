/** The size of the wall's cells: as large as the width allows, and low enough to see all lines at once. */

/** In rem, from here on. A cell is square where there is room. */
const LEAST_CELL = 0.75;
const TOUCHED_CELL = 1.5;
const MOST_CELL = 3;
const LEAST_ROW = 1;
const ROW_GAP = 0.25;
/** Below this width a line has its name above its cells. */
const NARROW = 44;
const NARROW_HEAD = 1.5;
const FIGURES = 7.5;
/** The name of a line is in bold digits or letters; beside it stands one count. */
const CHARACTER = 0.625;
const COUNT = 2.75;
const MOST_HEAD = 10;

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
  const columns = Math.ceil(widest / Math.ceil(widest / most)); // rows of one length, not one full and one of the rest
  const cell = Math.max(least, Math.min(MOST_CELL, across / columns));
  const rowsOf = ({ machines }: Line) => Math.max(1, Math.ceil(machines.length / columns));
  const rows = lines.reduce((sum, line) => sum + rowsOf(line), 0);
  const share = height / rem / Math.max(1, rows);
  const gap = isNarrow || share >= LEAST_ROW + ROW_GAP ? ROW_GAP : 0;
  const row = isNarrow ? cell : Math.max(LEAST_ROW, Math.min(cell, share - gap));
  const above = isNarrow ? NARROW_HEAD : 0;
  const heights = new Map(lines.map((line) => [line.id, (above + rowsOf(line) * row + gap) * rem]));
  return { isNarrow, columns, cell, row, head, heights };
}
