/** A machine's status and how long it has had it. If the machine is not live, its last known status. */

import { GLYPH, inSentence, isCritical, orEarlier, statusWord, type Value } from "../../format/index.ts";
import type { Freshness } from "../../session/connection.ts";
import { useSession } from "../../session/context.tsx";
import type { Session } from "../../session/session.ts";
import { t } from "../../texts/catalogue.ts";
import { Age } from "../../ui/Age.tsx";
import { Clip } from "../../ui/Clip.tsx";
import { StatusIcon } from "../../ui/StatusIcon.tsx";
import { usePlant } from "../plant/plantContext.ts";

type Values = Readonly<Record<string, Value>>;

interface StatusLineProps {
  record: Values;
  freshness: Freshness;
  /** Why the machine is not surely live; null while it is. */
  doubt: string | null;
}

export function StatusLine({ record, freshness, doubt }: StatusLineProps) {
  const session = useSession();
  const { clock } = usePlant();
  const seen = doubt ? seenAt(session, record, freshness) : null;
  if (doubt && !isCritical(record.status)) {
    const at = seen === null ? "" : `, ${clock.minute(seen)}`;
    return <Clip className="status-word" text={`${statusText(record, doubt)}${at}`} />;
  }
  return (
    <>
      <StatusWord record={record} doubt={doubt} />
      <StatusFor record={record} freshness={freshness} doubt={doubt} />
    </>
  );
}

/** `Running`, `EMERGENCY STOP`; of a machine that is not surely live, `last known: running`. */
export function statusText({ status }: Values, doubt: string | null): string {
  const word = statusWord(status);
  return doubt && !isCritical(status) ? t("status-last-known", { status: inSentence(word) }) : word;
}

export function StatusWord({ record, doubt }: Omit<StatusLineProps, "freshness">) {
  const { status } = record;
  return (
    <>
      {isCritical(status) && <StatusIcon status={String(status)} />}
      <Clip className="status-word" text={statusText(record, doubt)} />
    </>
  );
}

/** The time in this status; for a machine that is not surely live, when it was last known. */
export function StatusFor({ record, freshness, doubt }: StatusLineProps) {
  const session = useSession();
  const { clock } = usePlant();
  const { status, since } = record;
  if (doubt) {
    const seen = seenAt(session, record, freshness);
    const at = seen === null ? "" : clock.minute(seen);
    return <Clip className="status-for" text={isCritical(status) ? `${GLYPH.stale} ${at}` : at} />;
  }
  if (typeof since !== "number") return null;
  return (
    <span className="status-for" title={t("status-since", { time: orEarlier(record, clock.full) })}>
      <Age since={since} isAtLeast={record.sinceSeen === true} />
    </span>
  );
}

/** When the machine was last known to be as it is shown, in Unix seconds. */
function seenAt(session: Session, { seen }: Values, { lastMs }: Freshness): number | null {
  if (typeof seen === "number") return seen;
  return lastMs === null ? null : session.serverTimeAt(lastMs);
}
