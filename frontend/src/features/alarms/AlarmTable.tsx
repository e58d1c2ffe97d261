/** Alarms as rows, and the dialog in which a person acts on one. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { shown, statusWord } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { sayFailed } from "../frame/toasts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { type Alarm, type AlarmAct, actOn, actsFor } from "./alarms.ts";

interface Action {
  readonly alarm: Alarm;
  readonly act: AlarmAct;
}

export function AlarmTable({ alarms }: { alarms: readonly Alarm[] }) {
  const [action, setAction] = useState<Action | null>(null);
  return (
    <>
      <ScrollingTable label={t("frame-alarms")} className="is-list alarms">
        <thead>
          <tr>
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
              key={`${alarm.machine} ${alarm.name}`}
              alarm={alarm}
              onAct={(act) => setAction({ alarm, act })}
            />
          ))}
        </tbody>
      </ScrollingTable>
      {action && <ActDialog {...action} onClose={() => setAction(null)} />}
    </>
  );
}

function Row({ alarm, onAct }: { alarm: Alarm; onAct: (act: AlarmAct) => void }) {
  const { plant, clock } = usePlant();
  const mayChange = plant.machines.get(alarm.machine)?.mayChange ?? false;
  const field = plant.fields.find(({ name }) => name === alarm.field) ?? null;
  const value =
    alarm.field === null
      ? statusWord(String(alarm.value ?? ""))
      : `${shown(field, alarm.value)} ${alarm.unit}`;
  return (
    <tr className={`priority-${alarm.priority}`} data-state={alarm.state}>
      <td>{t(`alarms-priority-${alarm.priority}`)}</td>
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
              aria-label={`${t(`alarms-act-${act}`)}: ${alarm.machine.replace("_", ":")} ${alarm.label}`}
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

const SHELVES_S = [900, 3_600, 4 * 3_600, 8 * 3_600] as const;

function ActDialog({ alarm, act, onClose }: Action & { onClose: () => void }) {
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const [forS, setForS] = useState<number>(SHELVES_S[1]);
  const needsReason = act === "shelve" || act === "take-out";
  const send = () => {
    actOn(alarm, act, act === "shelve" ? { note: note.trim(), forS } : { note: note.trim() })
      .then(() => client.invalidateQueries({ queryKey: ["alarms"] }))
      .then(onClose)
      .catch(sayFailed);
  };
  return (
    <Dialog title={t(`alarms-act-${act}`)} onClose={onClose}>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          send();
        }}
      >
        <p>
          {alarm.machine.replace("_", ":")} {alarm.label}
        </p>
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
