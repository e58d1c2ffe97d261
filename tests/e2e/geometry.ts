/**
 * Returns faults of the layout of texts. It runs in the page. Two visible texts must not overlap. A truncated text must
 * end in an ellipsis and have a title. Nothing may scroll sideways.
 */
export function faultsOfGeometry(root = "body"): string[] {
  const faults: string[] = [];
  const top = document.querySelector(root);
  if (!top) return [`there is no ${root}`];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) faults.push(`the page is ${page.scrollWidth} px wide`);

  interface Shown {
    node: Node;
    text: string;
    box: DOMRect;
  }
  const shown: Shown[] = [];
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent?.trim() ?? "";
    const element = node.parentElement;
    if (!text || !element?.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest(".unseen, option, [data-sonner-toaster], [inert]")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const whole of range.getClientRects()) {
      if (whole.width < 1 || whole.height < 1) continue;
      const box = clipped(element, whole, text);
      if (box) shown.push({ node, text, box });
    }
  }
  shown.forEach((one, index) => {
    for (const other of shown.slice(index + 1)) {
      if (other.node === one.node) continue; // a truncated text has a box of its own for its ellipsis
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      const least = Math.min(one.box.height, other.box.height);
      if (across > 1 && down > 1 + least * 0.2) faults.push(`“${one.text}” and “${other.text}” overlap`);
    }
  });
  return [...new Set(faults)];

  /** Returns the visible part of a text's box, or null if it is scrolled away. */
  function clipped(element: Element, whole: DOMRect, text: string): DOMRect | null {
    let { left, right, top: above, bottom: below } = whole;
    for (let each: Element | null = element; each && each !== page; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.clipPath === "inset(50%)") return null; // only for screen readers
      if (style.position === "fixed") break;
      if (style.overflowX === "visible" && style.overflowY === "visible" && style.contain !== "strict")
        continue;
      const box = each.getBoundingClientRect();
      const isCut = left < box.left - 1 || right > box.right + 1;
      const isCutDown = above < box.top - 2 || below > box.bottom + 2;
      const scrolls = /auto|scroll/.test(style.overflowY);
      if (isCut && /auto|scroll/.test(style.overflowX)) faults.push(`“${text}” scrolls sideways`);
      else if (isCut && style.textOverflow !== "ellipsis" && style.webkitLineClamp === "none")
        faults.push(`“${text}” is cut without an ellipsis`);
      if (isCutDown && !scrolls && style.webkitLineClamp === "none")
        faults.push(`“${text}” is cut in its height`);
      if ((isCut || (isCutDown && !scrolls)) && !element.closest("[title]"))
        faults.push(`“${text}” is cut and has no title`);
      left = Math.max(left, box.left);
      right = Math.min(right, box.right);
      above = Math.max(above, box.top);
      below = Math.min(below, box.bottom);
      if (right - left < 1 || below - above < 1) return null;
    }
    return new DOMRect(left, above, right - left, below - above);
  }
}

/**
 * Returns short words that are broken at a line end. It runs in the page. A word may break only if it is longer than
 * its place.
 */
export function brokenWords(): string[] {
  const broken = new Set<string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element?.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest(".unseen, option")) continue;
    for (const word of (node.textContent ?? "").matchAll(/(?<!\p{L})\p{L}{2,12}(?!\p{L})/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const tops = [...range.getClientRects()].map(({ top }) => Math.round(top));
      if (Math.max(...tops) - Math.min(...tops) > 4) broken.add(word[0]);
    }
  }
  return [...broken];
}

/**
 * Returns everything that can be pressed but is narrower or lower than 24 px. It runs in the page. A label belongs to
 * its control. Links within a sentence may be as high as its line. The machines and lines in the picture of a plant are
 * also links in the list of lines (WCAG 2.5.8).
 */
export function smallTargets(): string[] {
  const found = new Set<string>();
  const all = "a[href], button, input, select, textarea, summary, [role='button'], [role='slider']";
  for (const element of document.querySelectorAll<HTMLElement>(all)) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest(".unseen, .skip, .cells, .wall-line, [inert]")) continue;
    const isInline = element.matches("a") && getComputedStyle(element).display === "inline";
    const around = isInline ? [...(element.parentElement?.childNodes ?? [])] : [];
    if (around.some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim())) continue;
    const boxes = [element, element.closest("label")].flatMap((each) => each?.getBoundingClientRect() ?? []);
    const width = Math.max(...boxes.map((box) => box.width));
    const height = Math.max(...boxes.map((box) => box.height));
    if (width < 1 || height < 1 || (width >= 23.9 && height >= 23.9)) continue;
    const name = element.getAttribute("aria-label") ?? element.textContent?.trim();
    found.add(
      `${element.tagName} “${name}” in ${element.parentElement?.className} is ${width.toFixed(0)} × ${height.toFixed(0)}`,
    );
  }
  return [...found];
}
