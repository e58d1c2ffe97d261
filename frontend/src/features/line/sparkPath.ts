/**
 * The last minute of a number as the path of a drawing: one point a second, gaps where nothing was known. A short pause
 * is bridged, because the record ends a second or two before the live values begin.
 */

export const SECONDS = 60;
/** The height of the drawing; whole numbers are precise enough. */
export const HEIGHT = 200;
/** Changes below this share of the field's range are not enlarged. */
const LEAST_SHARE = 0.05;
/** Up to this many seconds without a value are not a gap. */
const BRIDGED = 3;

/** One place for each of the last seconds, the newest last; NaN where nothing was known. */
export function emptyMinute(): Float64Array {
  return new Float64Array(SECONDS).fill(Number.NaN);
}

/**
 * Adds the newest value after `passed` seconds, and drops what is older than a minute. The values in between are
 * unknown.
 */
export function push(minute: Float64Array, value: unknown, passed = 1): void {
  minute.copyWithin(0, passed);
  minute.fill(Number.NaN, Math.max(0, SECONDS - passed));
  minute[SECONDS - 1] = typeof value === "number" ? value : Number.NaN;
}

/** Fills unknown places from the record; `at` and `now` are Unix seconds. */
export function fill(
  minute: Float64Array,
  at: readonly number[],
  values: readonly (number | null)[],
  now: number,
): void {
  at.forEach((second, index) => {
    const place = SECONDS - 1 - Math.round(now - second);
    const value = values[index];
    if (place >= 0 && place < SECONDS && Number.isNaN(minute[place]) && typeof value === "number")
      minute[place] = value;
  });
}

/** The paths of the actual and, in steps, of the set-point, in one scale; `range` is the field's own. */
export function pathsOf(
  actual: Float64Array,
  setPoint: Float64Array,
  range: number,
): readonly [actual: string, setPoint: string] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const minute of [actual, setPoint])
    for (const value of minute) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (high < low) return ["", ""];
  const missing = Math.max(0, range * LEAST_SHARE - (high - low)) / 2;
  const bottom = low - missing;
  const span = high + missing - bottom || 1;
  const y = (value: number) => Math.round(HEIGHT - 10 - ((value - bottom) / span) * (HEIGHT - 20));
  return [lineOf(actual, y, false), lineOf(setPoint, y, true)];
}

/** Points of one height are one stroke: a long path is slow to read and to paint. */
function lineOf(minute: Float64Array, y: (value: number) => number, isStepped: boolean): string {
  let path = "";
  let lastX = Number.NEGATIVE_INFINITY;
  let lastY = Number.NaN;
  let drawnX = lastX;
  const reach = () => {
    if (drawnX < lastX) path += `H${lastX}`;
  };
  for (let x = 0; x < SECONDS; x++) {
    const value = minute[x] as number;
    if (Number.isNaN(value)) continue;
    const height = y(value);
    if (x - lastX > BRIDGED + 1) {
      reach();
      path += `M${x} ${height}`;
      drawnX = x;
    } else if (height !== lastY) {
      if (isStepped) path += `H${x}V${height}`;
      else {
        reach();
        path += `L${x} ${height}`;
      }
      drawnX = x;
    }
    lastX = x;
    lastY = height;
  }
  reach();
  return path;
}
