/**
 * Notices at the edge of the page. Notices.tsx, which shows them, loads after the first page is complete; earlier
 * notices are shown then, in order.
 */
import type { ExternalToast, toast as shown } from "sonner";

type Show = (toast: typeof shown) => void;

/** A page that shows no notices, such as the wall, keeps the newest only. */
const MOST_WAITING = 20;

const waiting: Show[] = [];
let ready: typeof shown | null = null;

function say(show: Show): void {
  if (ready) show(ready);
  else if (waiting.push(show) > MOST_WAITING) waiting.shift();
}

export const toast = {
  message: (words: string, options?: ExternalToast) => say((to) => to.message(words, options)),
  success: (words: string, options?: ExternalToast) => say((to) => to.success(words, options)),
  warning: (words: string, options?: ExternalToast) => say((to) => to.warning(words, options)),
  error: (words: string, options?: ExternalToast) => say((to) => to.error(words, options)),
  dismiss: (id: string) => say((to) => to.dismiss(id)),
};

/** Makes the page show notices from now on. The returned function ends that. */
export function showThrough(toast: typeof shown): () => void {
  ready = toast;
  for (const show of waiting.splice(0)) show(toast);
  return () => {
    ready = null;
  };
}
