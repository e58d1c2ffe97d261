/** The keys of the page: `/` searches, `f` goes to the worst alert, `u` opens the upload, `g` and then `p`, `b` or a line's number goes there, `?` lists them. */
import { useEffect } from "react";
import { go } from "../../router.ts";
import { usePlant } from "../plant/plantContext.ts";

/** How long after `g` (and each digit) the next key still belongs to it. */
const GO_WITHIN_MS = 1_200;

export function useKeys(onHelp: () => void): void {
  const { plant } = usePlant();
  useEffect(() => {
    let prefix: string | null = null;
    let typedAtMs = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      if (isBoxKey(event) && !document.querySelector("dialog[open]")) {
        event.preventDefault();
        document.getElementById("search")?.focus();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const { key } = event;
      if (prefix !== null && event.timeStamp - typedAtMs < GO_WITHIN_MS) {
        typedAtMs = event.timeStamp;
        prefix += key;
        if (prefix === "p") go({ view: "plant" });
        else if (prefix === "b") go({ view: "batches" });
        else {
          const line = plant.lines.find((each) => each.id.toLowerCase() === prefix);
          if (line) go({ view: "line", line: line.id });
          else if (plant.lines.some((each) => prefix !== null && each.id.toLowerCase().startsWith(prefix)))
            return;
        }
        prefix = null;
        return;
      }
      prefix = null;
      if (key === "/") {
        event.preventDefault();
        document.getElementById("search")?.focus();
      } else if (key === "u") go({ view: "upload" });
      else if (key === "f") focusAlert();
      else if (key === "?") onHelp();
      else if (key === "g") {
        prefix = "";
        typedAtMs = event.timeStamp;
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [plant, onHelp]);
}

/** Moves the focus to the first item of the alert bar, the most serious, or from one item to the next. */
function focusAlert(): void {
  const alerts = [...document.querySelectorAll<HTMLElement>("a.alert-chip:not([tabindex])")];
  const next = alerts.indexOf(document.activeElement as HTMLElement) + 1;
  (alerts[next] ?? alerts[0])?.focus();
}

function isBoxKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return (ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "k";
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT";
}
