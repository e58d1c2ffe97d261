/** What can be done with a batch that is over: its workbook back, its failures tried again, its changes undone. */
import { retryOf, sizeOf, undoOf } from "../../preview/index.ts";
import { go } from "../../router.ts";
import type { Story } from "../../session/batches.ts";
import { useSession } from "../../session/context.tsx";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import { downloadAnnotated } from "../upload/annotated.ts";
import { reasonsOf } from "../upload/leftOut.ts";
import { openRetry, openUndo } from "../upload/workbook.ts";
import { ExportButtons } from "./ExportButtons.tsx";
import type { SentBatch } from "./sent.ts";

interface BatchActionsProps {
  txId: string;
  story: Story | null;
  sent: SentBatch | null;
  isOver: boolean;
}

export function BatchActions({ txId, story, sent, isOver }: BatchActionsProps) {
  const session = useSession();
  const { plant } = usePlant();
  const again = story ? sizeOf(retryOf(story, plant)) : 0;
  const undone = story ? sizeOf(undoOf(story, plant)) : 0;
  const mayChange = plant.mayChange && story?.status === "done";
  const show = (open: typeof openUndo) => {
    if (!story) return;
    open(story, session);
    go({ view: "upload" });
  };
  return (
    <>
      {story?.source && (
        <ExportButtons
          exports={[
            {
              label: t("batch-workbook"),
              isDisabled: !isOver,
              start: (signal) => downloadAnnotated(session, txId, signal, sent ? reasonsOf(sent) : undefined),
            },
          ]}
        />
      )}
      {again > 0 && (
        <button type="button" disabled={!mayChange} onClick={() => show(openRetry)}>
          {t("batch-retry", { count: again })}
        </button>
      )}
      {undone > 0 && (
        <button type="button" disabled={!mayChange} onClick={() => show(openUndo)}>
          {t("batch-undo", { count: undone })}
        </button>
      )}
    </>
  );
}
