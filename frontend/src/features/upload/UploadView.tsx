/**
 * The upload, with one view for each state: choose, drop or paste; reading; the preview. A sent batch has a page of its
 * own (`BatchView`).
 *
 * A view with thousands of rows is built in slices while the earlier one stays on screen.
 */
import { useDeferredValue, useEffect } from "react";
import { Choose } from "./Choose.tsx";
import { Preview } from "./Preview.tsx";
import { Reading } from "./Reading.tsx";
import { Refused } from "./Refused.tsx";
import { useUpload } from "./workbook.ts";

export function UploadView() {
  const latest = useUpload();
  const shown = useDeferredValue(latest);
  const state = shown.phase === latest.phase ? latest : shown;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state is another view.
  useEffect(keepFocus, [state.phase]);
  switch (state.phase) {
    case "empty":
    case "committed":
      return <Choose />;
    case "reading":
      return <Reading state={state} />;
    case "refused":
      return (
        <>
          <Refused state={state} />
          <Choose />
        </>
      );
    case "preview":
      return <Preview state={state} />;
  }
}

/** The button that led to another state disappears with its view, but the focus stays on the page. */
function keepFocus(): void {
  if (document.activeElement === document.body)
    document.getElementById("main")?.focus({ preventScroll: true });
}
