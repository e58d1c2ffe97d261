/** Batches that wait for a second person: confirm a colleague's batch, or withdraw one's own. */

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { messageOf } from "../../api.ts";
import type { Value } from "../../contract/index.ts";
import type { Plant } from "../../contract/plant.ts";
import { linkHoldWords, measured } from "../../format/index.ts";
import { targetText } from "../../format/target.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { useHold } from "../../hooks/useSession.ts";
import { problemOf } from "../../queries.ts";
import { hrefOf } from "../../router.ts";
import { useMachine } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { rich } from "../../texts/rich.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { confirmHeld, fetchHeld, type Held, withdrawHeld } from "./held.ts";
import "../account/account.css";

const LOOK_EVERY_MS = 3_000;

/** Fetched again every few seconds, and at once by `look`; the notice and the page share the result. */
function useHeld(): { held: readonly Held[]; problem: string | null; look: () => void } {
  const query = useQuery({ queryKey: ["held"], queryFn: fetchHeld, refetchInterval: LOOK_EVERY_MS });
  return { held: query.data ?? NONE, problem: problemOf(query), look: () => void query.refetch() };
}

const NONE: readonly Held[] = [];

/** The live notice, on every page: prominent for people who can confirm, quiet for the author. */
export function HeldNotice(): ReactNode {
  const { held } = useHeld();
  const theirs = held.filter((each) => !each.isMine);
  const mine = held.length - theirs.length;
  if (held.length === 0) return null;
  const words =
    theirs.length === 0
      ? t("held-waiting-mine", { count: mine })
      : t("held-waiting", { count: theirs.length });
  return (
    <p className={theirs.length === 0 ? "held-notice is-mine" : "held-notice"} role="status">
      <a href={hrefOf({ view: "held" })}>{words}</a>
    </p>
  );
}

export function HeldView() {
  const { plant, clock } = usePlant();
  const { held, problem, look } = useHeld();
  useTopics(topicsOf(held, plant));
  const hold = useHold();
  const [refusal, setRefusal] = useState<string | null>(null);
  const act = (work: Promise<void>) => {
    setRefusal(null);
    work.catch((error: unknown) => setRefusal(messageOf(error))).finally(look);
  };
  return (
    <div className="account">
      <h1>{t("held-title")}</h1>
      {(refusal ?? problem) && <p role="alert">{refusal ?? problem}</p>}
      {hold && held.length > 0 && (
        <p className="amber" role="alert">
          {linkHoldWords(hold)}
        </p>
      )}
      {held.length === 0 && <p className="quiet">{t("held-none")}</p>}
      {held.map((each) => (
        <section key={each.txId} aria-label={t("held-by", { person: each.person })}>
          <p>
            {rich("held-asked", {
              person: <strong>{each.person}</strong>,
              at: clock.time(each.at),
              until: clock.time(each.until),
            })}
            {each.reason && ` ${t("held-reason", { reason: each.reason })}`}
          </p>
          <ul>
            {Object.entries(each.updates).flatMap(([machine, fields]) =>
              Object.entries(fields).map(([field, value]) => (
                <HeldTarget key={`${machine} ${field}`} machine={machine} name={field} value={value} />
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
                {t("held-confirm")}
              </button>
            )}
            <button type="button" onClick={() => act(withdrawHeld(each.txId))}>
              {t(each.isMine ? "held-take-back" : "held-refuse")}
            </button>
          </p>
        </section>
      ))}
    </div>
  );
}

/** The machine's present value and the target, so that the person who confirms sees what would change. */
function HeldTarget({ machine, name, value }: { machine: string; name: string; value: Value }) {
  const { plant } = usePlant();
  const field = plant.fieldsByName.get(name);
  const now = useMachine(machine, "rare")?.record[name];
  const id = plant.machines.get(machine)?.id ?? machine;
  if (!field)
    return (
      <li>
        {id} {name} → {String(value)}
      </li>
    );
  return (
    <li>
      {id} · {field.label || name}: {measured(field, now)} → <strong>{targetText(field, value)}</strong>
    </li>
  );
}

function topicsOf(held: readonly Held[], plant: Plant): readonly string[] {
  const machines = held.flatMap(({ updates }) => Object.keys(updates));
  const lines = new Set(machines.flatMap((machine) => plant.machines.get(machine)?.line ?? []));
  return [...lines].map((line) => `line:${line}`);
}
