/**
 * Chooses what a wall display shows: one page of a line at a time. While there are new problems, only the lines with
 * problems take turns; otherwise all lines do. A maintenance lock does not count as a problem, and an old alarm does
 * not keep the page.
 */

import type { Concern } from "../../session/concerns.ts";
import { earliestOf, isAlarm } from "../../session/gravity.ts";

export const ROTATE_MS = 20_000;

/** How long an alarm keeps the wall on its line. */
const PIN_S = 600;

export interface WallPage {
  readonly line: string;
  readonly machines: readonly string[];
  readonly page: number;
  readonly pages: number;
}

interface LineMachines {
  readonly id: string;
  readonly machines: readonly { readonly key: string }[];
}

/** All pages in the order of the plant. A line gets several pages if its tiles would become too small. */
export function wallPages(lines: readonly LineMachines[], most: number): WallPage[] {
  return lines.flatMap(({ id, machines }) => {
    const pages = Math.max(1, Math.ceil(machines.length / most));
    const each = Math.ceil(machines.length / pages);
    return Array.from({ length: pages }, (_, page) => ({
      line: id,
      machines: machines.slice(page * each, (page + 1) * each).map(({ key }) => key),
      page,
      pages,
    }));
  });
}

/** The page of a turn. `critical` has the most serious problem first; `nowS` is by the server's clock. */
export function pageAt(
  pages: readonly WallPage[],
  critical: readonly Concern[],
  turn: number,
  nowS: number,
): WallPage | undefined {
  const fresh = critical.filter((each) => isAlarm(each) && nowS - (earliestOf(each) ?? 0) < PIN_S);
  const troubled = fresh
    .map(({ machine }) => pages.find(({ machines }) => machines.includes(machine)))
    .filter((page) => page !== undefined);
  const shown = troubled.length > 0 ? [...new Set(troubled)] : pages;
  return shown[turn % Math.max(1, shown.length)];
}

/** The least size of a tile that can be read from afar, as shares of the screen's longer side. */
const LEAST_WIDTH = 1 / 6;
const LEAST_HEIGHT = 5 / 48;

/** How many tiles a wall can show at once so that each can be read from afar, or from a desk on a small screen. */
export function capacityOf(width: number, height: number, rem: number): number {
  const side = Math.max(width, height);
  const columns = Math.floor(width / Math.max(11.5 * rem, side * LEAST_WIDTH));
  const rows = Math.floor(height / Math.max(7 * rem, side * LEAST_HEIGHT));
  return Math.max(1, columns) * Math.max(1, rows);
}

const BEST_SHAPE = 1.6;

/** The number of columns whose tiles come nearest to a good shape, with few holes. */
export function columnsFor(count: number, width: number, height: number): number {
  const badness = (columns: number) => {
    const rows = Math.ceil(count / columns);
    const shape = (width / height) * (rows / columns);
    return Math.abs(Math.log(shape / BEST_SHAPE)) + (2 * (rows * columns - count)) / count;
  };
  const candidates = Array.from({ length: Math.max(1, count) }, (_, index) => index + 1);
  return candidates.reduce((best, each) => (badness(each) < badness(best) ? each : best));
}
