/**
 * A modal dialog on the browser's own `<dialog>`: focus stays inside, Escape leaves, focus returns. If what opened it is
 * gone, such as the button of an alarm that is now acknowledged, the focus goes to what stands in its place.
 */
import { type ReactNode, useEffect, useRef } from "react";

interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  className?: string;
  /** The element beside which the dialog opens, such as a tile; without it, the middle of the page. */
  anchor?: DOMRect | null;
}

export function Dialog({ title, onClose, children, className = "", anchor = null }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element || element.open) return;
    const goBack = wayBack(document.activeElement);
    element.showModal();
    const place = () => placeBeside(element, anchor);
    place();
    window.addEventListener("resize", place);
    return () => {
      window.removeEventListener("resize", place);
      goBack();
    };
  }, [anchor]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop does what Escape does.
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <h2 id="dialog-title">{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/**
 * Returns the focus to the element, or to its row, or to the row that is now in its place. If the element disappears
 * only after the dialog, the focus moves on then, unless the person has done something in between.
 */
function wayBack(before: Element | null): () => void {
  const row = before?.closest("tr, li") ?? null;
  const rows = row?.parentElement ?? null;
  const place = row && rows ? [...rows.children].indexOf(row) : 0;
  const give = () => {
    const there = row?.isConnected ? row : rows?.children[Math.min(place, rows.children.length - 1)];
    const next = before?.isConnected
      ? before
      : (there?.querySelector("button:not(:disabled)") ??
        there?.querySelector("a[href]") ??
        document.getElementById("main"));
    if (next instanceof HTMLElement) next.focus({ preventScroll: next === before });
  };
  return () => {
    give();
    if (!rows || !before?.isConnected) return;
    const watch = new MutationObserver(() => {
      if (before.isConnected) return;
      stop();
      if (document.activeElement === null || document.activeElement === document.body) give();
    });
    const stop = () => {
      watch.disconnect();
      for (const act of ACTS) document.removeEventListener(act, stop, true);
    };
    watch.observe(rows, { childList: true, subtree: true });
    for (const act of ACTS) document.addEventListener(act, stop, true);
  };
}

const ACTS = ["keydown", "pointerdown"] as const;

const GAP = 4;
/** In a narrower window, the dialog is in the middle. */
const LEAST_WIDTH = 600;

/** Places the dialog below the anchor if there is room, otherwise above it, and always inside the window. */
function placeBeside(element: HTMLElement, anchor: DOMRect | null): void {
  element.style.cssText = "";
  if (!anchor || window.innerWidth < LEAST_WIDTH) return;
  const { width, height } = element.getBoundingClientRect();
  const left = Math.max(8, Math.min(anchor.left, window.innerWidth - width - 8));
  const below = anchor.bottom + GAP;
  const top = below + height <= window.innerHeight ? below : Math.max(8, anchor.top - height - GAP);
  element.style.margin = "0";
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}
