import type { toast as shown } from "sonner";
import { expect, test } from "vitest";
import { showThrough, toast } from "./toast.ts";

/** Notes what would be shown. */
function screen() {
  const toasts: string[] = [];
  const note = (kind: string) => (words: unknown) => {
    toasts.push(`${kind} ${words}`);
    return 1;
  };
  const kinds = ["message", "success", "warning", "error", "dismiss"];
  const to = Object.fromEntries(kinds.map((kind) => [kind, note(kind)])) as unknown as typeof shown;
  return { toasts, to };
}

test("notices from before the page can show them are shown then, in order", () => {
  const { toasts, to } = screen();
  toast.warning("first");
  toast.error("second");
  const end = showThrough(to);
  toast.success("third");
  expect(toasts).toEqual(["warning first", "error second", "success third"]);
  end();
});

test("a page that never shows notices keeps only the newest ones", () => {
  const { toasts, to } = screen();
  for (let count = 1; count <= 1_000; count++) toast.message(String(count));
  showThrough(to)();
  expect(toasts).toHaveLength(20);
  expect(toasts.at(-1)).toBe("message 1000");
});
