/**
 * A workbook's way, one view a state: choose, drop or paste; read; the difference; after the commit the same rows
 * with what became of them.
 *
 * A view of thousands of rows is made in slices while the one before it still stands; within a view nothing waits.
 */
import { useDeferredValue } from "react";
import { Choose } from "./Choose.tsx";
import { Outcomes } from "./Outcomes.tsx";
import { Preview } from "./Preview.tsx";
import { Reading } from "./Reading.tsx";
import { Refused } from "./Refused.tsx";
import { useUpload } from "./workbook.ts";

export function UploadView() {
  const latest = useUpload();
  const shown = useDeferredValue(latest);
  const state = shown.phase === latest.phase ? latest : shown;
  switch (state.phase) {
    case "empty":
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
    case "committed":
      return <Outcomes state={state} />;
  }
}
