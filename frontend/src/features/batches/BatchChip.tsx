/** On every page: a workbook that this tab has sent and that has open or failed rows, until somebody looks at it. */
import { useQuery } from "@tanstack/react-query";
import { groupWords } from "../../format/counts.ts";
import { type Counts, countOutcomes, countTargets, tallyOf } from "../../preview/index.ts";
import { hrefOf, useRoute } from "../../router.ts";
import { fetchBatch } from "../../session/batches.ts";
import { useSession } from "../../session/context.tsx";
import { targetsOf, useTransaction } from "../../store/machine/index.ts";
import { type SentBatch, useSent } from "./sent.ts";

const READ_AGAIN_MS = 5_000;
const TOLD = ["open", "notApplied", "unknown"] as const;

export function BatchChips() {
  const route = useRoute();
  const shown = useSent().filter(
    ({ txId, isSeen }) => !isSeen && !(route.view === "batch" && route.txId === txId),
  );
  return shown.map((each) => <BatchChip key={each.txId} sent={each} />);
}

function BatchChip({ sent: { txId, name } }: { sent: SentBatch }) {
  const counts = useCounts(txId);
  if (!counts) return null;
  const words = TOLD.filter((group) => counts[group] > 0)
    .map((group) => groupWords(group, counts[group]))
    .join(" · ");
  if (words === "") return null;
  return (
    <a
      className={`batch-chip ${counts.open > 0 ? "is-open" : "is-over"}`}
      href={hrefOf({ view: "batch", txId })}
      title={`${words} · ${name}`}
    >
      <span className="clip">{`${words} · ${name}`}</span>
    </a>
  );
}

/** Counts the targets that the page follows itself. After a reload, the counts come from the server. */
function useCounts(txId: string): Counts | null {
  const session = useSession();
  const transaction = useTransaction(txId);
  const { data: story } = useQuery({
    queryKey: ["batch", txId],
    queryFn: ({ signal }) => fetchBatch(session.api, txId, signal),
    enabled: transaction === undefined,
    refetchInterval: ({ state }) => (state.data?.status === "done" ? false : READ_AGAIN_MS),
  });
  if (transaction) return countTargets(targetsOf(transaction));
  return story ? countOutcomes(tallyOf(story.results)) : null;
}
