/** Sizes that JavaScript must know follow the root's font size, as those in the style sheets do. */
export function remPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
