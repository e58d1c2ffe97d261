/** Alarms as rows, and the dialog in which a person acts on one. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ApiProblem } from "../../api.ts";
import { shown, statusWord } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { sayFailed } from "../frame/toasts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { type Alarm, type AlarmAct, actOn, actsFor } from "./alarms.ts";

interface Action {
  readonly alarms: readonly Alarm[];
  readonly act: AlarmAct;
}

const keyOf = ({ machine, name }: Alarm) => `${machine} ${name}`;
const titleOf = ({ machine, label }: Alarm) => `${machine.replace("_", ":")} ${label}`;

export function AlarmTable({ alarms }: { alarms: readonly Alarm[] }) {
  const { plant } = usePlant();
  const [action, setAction] = useState<Action | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const mine = alarms.filter(({ machine }) => plant.machines.get(machine)?.mayChange);
  const choosable = mine.filter((alarm) => actsFor(alarm).includes("acknowledge"));
  // An acknowledged or removed alarm is no longer chosen.
  const together = choosable.filter((alarm) => chosen.has(keyOf(alarm)));
  const choose = (some: readonly Alarm[], isIn: boolean) => {
    const next = new Set(together.map(keyOf));
    for (const alarm of some) isIn ? next.add(keyOf(alarm)) : next.delete(keyOf(alarm));
    setChosen(next);
  };
  return (
    <>
      {mine.length > 0 && (
        <div className="alarms-chosen">
          <label className="inline">
            <input
              type="checkbox"
              checked={choosable.length > 0 && together.length === choosable.length}
              disabled={choosable.length === 0}
              onChange={(event) => choose(choosable, event.target.checked)}
            />
            {t("alarms-choose-all", { count: choosable.length })}
          </label>
          <button
            type="button"
            disabled={together.length === 0}
            onClick={() => setAction({ alarms: together, act: "acknowledge" })}
          >
            {t("alarms-acknowledge-chosen", { count: together.length })}
          </button>
        </div>
      )}
      <ScrollingTable label={t("frame-alarms")} className="is-list alarms">
        <thead>
          <tr>
            {mine.length > 0 && (
              <th scope="col" className="col-in">
                <span className="unseen">{t("alarms-choose")}</span>
              </th>
            )}
            <th scope="col">{t("alarms-priority")}</th>
            <th scope="col">{t("batch-machine")}</th>
            <th scope="col">{t("alarms-alarm")}</th>
            <th scope="col">{t("alarms-state")}</th>
            <th scope="col">{t("alarms-since")}</th>
            <th scope="col">{t("alarms-what-to-do")}</th>
            <th scope="col">
              <span className="unseen">{t("alarms-acts")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {alarms.map((alarm) => (
            <Row
              key={keyOf(alarm)}
              alarm={alarm}
              box={
                mine.length === 0 ? null : (
                  <td className="col-in">
                    {choosable.includes(alarm) && (
                      <label className="box">
                        <input
                          type="checkbox"
                          aria-label={titleOf(alarm)}
                          checked={together.includes(alarm)}
                          onChange={(event) => choose([alarm], event.target.checked)}
                        />
                      </label>
                    )}
                  </td>
                )
              }
              onAct={(act) => setAction({ alarms: [alarm], act })}
            />
          ))}
        </tbody>
      </ScrollingTable>
      {action && <ActDialog {...action} onClose={() => setAction(null)} />}
    </>
  );
}

interface RowProps {
  readonly alarm: Alarm;
  readonly box: ReactNode;
  readonly onAct: (act: AlarmAct) => void;
}

function Row({ alarm, box, onAct }: RowProps) {
  const { plant, clock } = usePlant();
  const mayChange = plant.machines.get(alarm.machine)?.mayChange ?? false;
  const field = plant.fields.find(({ name }) => name === alarm.field) ?? null;
  const value =
    alarm.field === null
      ? statusWord(String(alarm.value ?? ""))
      : `${shown(field, alarm.value)} ${alarm.unit}`;
  return (
    <tr className={`priority-${alarm.priority}`} data-state={alarm.state}>
      {box}
      <td className="priority">{t(`alarms-priority-${alarm.priority}`)}</td>
      <td>
        <a href={hrefOf({ view: "machine", machine: alarm.machine })}>{alarm.machine.replace("_", ":")}</a>
      </td>
      <td>
        {alarm.label} <span className="quiet">{value}</span>
        {!alarm.isKnown && <span className="amber"> {t("alarms-not-known")}</span>}
      </td>
      <td>
        {t(`alarms-state-${alarm.state}`)}
        <Why alarm={alarm} />
      </td>
      <td className="when">{clock.full(alarm.since)}</td>
      <td className="prose">
        {alarm.response}
        {alarm.consequence && <span className="quiet"> {alarm.consequence}</span>}
      </td>
      <td className="actions">
        {mayChange &&
          actsFor(alarm).map((act) => (
            <button
              key={act}
              type="button"
              aria-label={`${t(`alarms-act-${act}`)}: ${titleOf(alarm)}`}
              onClick={() => onAct(act)}
            >
              {t(`alarms-act-${act}`)}
            </button>
          ))}
      </td>
    </tr>
  );
}

/** Who acknowledged or hid it, until when, and why. */
function Why({ alarm }: { alarm: Alarm }) {
  const { clock } = usePlant();
  const mark = alarm.out ?? alarm.shelf ?? alarm.acknowledged;
  if (!mark) return null;
  return (
    <span className="quiet">
      {" "}
      {mark.by}
      {mark.until ? `, ${t("alarms-until", { time: clock.time(mark.until) })}` : ""}
      {mark.note ? `, “${mark.note}”` : ""}
    </span>
  );
}

/** The number of alarms that the dialog names. */
const MOST_NAMED = 10;
const SHELVES_S = [900, 3_600, 4 * 3_600, 8 * 3_600] as const;

function ActDialog({ alarms, act, onClose }: Action & { onClose: () => void }) {
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const [forS, setForS] = useState<number>(SHELVES_S[1]);
  const needsReason = act === "shelve" || act === "take-out";
  const send = async () => {
    const details = act === "shelve" ? { note: note.trim(), forS } : { note: note.trim() };
    try {
      for (const alarm of alarms)
        await actOn(alarm, act, details).catch((error: unknown) => {
          // If one of several alarms has changed meanwhile, the others still go on. The list shows its present state.
          if (alarms.length === 1 || !(error instanceof ApiProblem && error.kind === "alarm-state"))
            throw error;
        });
      onClose();
    } catch (error) {
      sayFailed(error);
    } finally {
      await client.invalidateQueries({ queryKey: ["alarms"] });
    }
  };
  return (
    <Dialog title={t(`alarms-act-${act}`)} onClose={onClose}>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void send();
        }}
      >
        <p>{alarms.map(titleOf).slice(0, MOST_NAMED).join(", ")}</p>
        {alarms.length > MOST_NAMED && <p>{t("alarms-and-more", { count: alarms.length - MOST_NAMED })}</p>}
        {act === "acknowledge" && <p className="quiet">{t("alarms-acknowledge-about")}</p>}
        {act === "shelve" && (
          <label className="field">
            <span>{t("alarms-how-long")}</span>
            <select value={forS} onChange={(change) => setForS(Number(change.target.value))}>
              {SHELVES_S.map((each) => (
                <option key={each} value={each}>
                  {t("alarms-minutes", { count: each / 60 })}
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="field">
          <span>{needsReason ? t("batch-reason") : t("events-note")}</span>
          <input
            value={note}
            maxLength={500}
            required={needsReason}
            onChange={(change) => setNote(change.target.value)}
          />
        </label>
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            {t("events-cancel")}
          </button>
          <button type="submit" className="primary">
            {t(`alarms-act-${act}`)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
