/** Batches that wait for a second person: confirm a colleague's batch, or withdraw one's own. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { messageOf } from "../../api.ts";
import { useHold } from "../../hooks/useSession.ts";
import { problemOf } from "../../queries.ts";
import { hrefOf } from "../../router.ts";
import { usePlant } from "../plant/plantContext.ts";
import { confirmHeld, fetchHeld, type Held, withdrawHeld } from "./held.ts";
import "../account/door.css";

const LOOK_EVERY_MS = 3_000;

/** Looked at again every few seconds, and at once by `look`; the notice and the page share what was found. */
function useHeld(): { held: readonly Held[]; problem: string | null; look: () => void } {
  const query = useQuery({ queryKey: ["held"], queryFn: fetchHeld, refetchInterval: LOOK_EVERY_MS });
  return { held: query.data ?? NONE, problem: problemOf(query), look: () => void query.refetch() };
}

const NONE: readonly Held[] = [];

/** The live notice for those who can confirm: on every page, until nothing waits for them. */
export function HeldNotice(): ReactNode {
  const { held } = useHeld();
  const theirs = held.filter((each) => !each.isMine);
  if (theirs.length === 0) return null;
  return (
    <p className="held-notice" role="status">
      <a href={hrefOf({ view: "held" })}>
        {theirs.length === 1 ? "A change waits" : `${theirs.length} changes wait`} for a second person
      </a>
    </p>
  );
}

export function HeldView() {
  const { clock } = usePlant();
  const { held, problem, look } = useHeld();
  const hold = useHold();
  const [refusal, setRefusal] = useState<string | null>(null);
  const act = (work: Promise<void>) => {
    setRefusal(null);
    work.catch((error: unknown) => setRefusal(messageOf(error))).finally(look);
  };
  return (
    <div className="account">
      <h1>Waiting for a second person</h1>
      {(refusal ?? problem) && <p role="alert">{refusal ?? problem}</p>}
      {hold && held.length > 0 && (
        <p className="amber" role="alert">
          {hold}
        </p>
      )}
      {held.length === 0 && <p className="quiet">Nothing waits.</p>}
      {held.map((each) => (
        <section key={each.txId} aria-label={`Change by ${each.person}`}>
          <p>
            <strong>{each.person}</strong> asked at {clock.time(each.at)}; forgotten at{" "}
            {clock.time(each.until)}.{each.reason && <> Reason: {each.reason}</>}
          </p>
          <ul>
            {Object.entries(each.updates).flatMap(([machine, fields]) =>
              Object.entries(fields).map(([field, value]) => (
                <li key={`${machine} ${field}`}>
                  {machine.replace("_", ":")} {field} → {String(value)}
                </li>
              )),
            )}
          </ul>
          <p className="buttons">
            {!each.isMine && (
              <button
                type="button"
                className="primary"
                disabled={hold !== null}
                onClick={() => act(confirmHeld(each.txId))}
              >
                Confirm
              </button>
            )}
            <button type="button" onClick={() => act(withdrawHeld(each.txId))}>
              {each.isMine ? "Take back" : "Refuse"}
            </button>
          </p>
        </section>
      ))}
    </div>
  );
}
