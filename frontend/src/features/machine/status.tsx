/** What a machine's status is and how long it has been so; of one that is not surely live, what was last known. */
import { usePlant } from "../../components/plantContext.ts";
import { Age } from "../../components/ticker.tsx";
import { isCritical, statusWord, type Value } from "../../components/words.ts";
import { type Freshness, heardAt } from "../../live.ts";
import { Clip } from "../../ui/Clip.tsx";
import { StatusIcon } from "../../ui/StatusIcon.tsx";

type Values = Readonly<Record<string, Value>>;

interface StatusLineProps {
  record: Values;
  freshness: Freshness;
  /** Why the machine is not surely live; null while it is. */
  doubt: string | null;
}

export function StatusLine({ record, freshness, doubt }: StatusLineProps) {
  const { clock } = usePlant();
  const { status, since } = record;
  const seen = doubt ? seenAt(record, freshness) : null;
  const critical = isCritical(status);
  const word = statusWord(status);
  if (doubt && !critical) {
    const at = seen === null ? "" : `, ${clock.minute(seen)}`;
    return <Clip className="status-word" text={`last known: ${word.toLowerCase()}${at}`} />;
  }
  return (
    <>
      {critical && <StatusIcon status={String(status)} />}
      <Clip className="status-word" text={word} />
      {doubt ? (
        <Clip
          className="status-for"
          text={seen === null ? "last known" : `last known ${clock.minute(seen)}`}
        />
      ) : (
        typeof since === "number" && (
          <span className="status-for" title={`since ${clock.full(since)}`}>
            <Age since={since} />
          </span>
        )
      )}
    </>
  );
}

/** When the machine was last known to be as it is shown, in Unix seconds. */
function seenAt({ seen }: Values, { lastMs }: Freshness): number | null {
  if (typeof seen === "number") return seen;
  return lastMs === null ? null : heardAt(lastMs);
}
