/** Why a machine was down: one touch opens this, a second one assigns. A part of the stop can be chosen first. */
import { useState } from "react";
import { t } from "../../texts/catalogue.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { usePlant } from "../plant/plantContext.ts";
import type { Assignment, Reason, Stop } from "./shifts.ts";
import { durationWords, reasonGroups } from "./words.ts";

interface Props {
  readonly stop: Stop;
  readonly reasons: readonly Reason[];
  readonly onAssign: (assignment: Assignment) => void;
  readonly onClose: () => void;
}

export function ReasonPicker({ stop, reasons, onAssign, onClose }: Props) {
  const { clock } = usePlant();
  const lasted = (stop.until - stop.since) / 60;
  const [from, setFrom] = useState("0");
  const [to, setTo] = useState("");
  const [text, setText] = useState("");
  const since = stop.since + Number(from || 0) * 60;
  const until = to === "" ? stop.until : stop.since + Number(to) * 60;
  const isRight = since >= stop.since && since < until && until <= stop.until;
  const assign = (reason: string) => onAssign({ machine: stop.machine, since, until, reason, text });
  return (
    <Dialog
      className="reason-picker"
      title={t("shifts-was-down", {
        machine: stop.machine.replace("_", ":"),
        since: clock.minute(stop.since),
        until: clock.minute(stop.until),
        time: durationWords(stop.until - stop.since),
      })}
      onClose={onClose}
    >
      {stop.cause && <p className="quiet">{t("shifts-cause", { cause: stop.cause })}</p>}
      {reasonGroups(reasons).map((group) => (
        <fieldset key={group.name} className="reason-group">
          <legend>{group.name || t("shifts-other")}</legend>
          {group.reasons.map((reason) => (
            <button key={reason.id} type="button" disabled={!isRight} onClick={() => assign(reason.id)}>
              {reason.name}
            </button>
          ))}
        </fieldset>
      ))}
      {reasons.length === 0 && <p>{t("shifts-no-reasons")}</p>}
      <details>
        <summary>{t("shifts-part")}</summary>
        <div className="reason-part">
          <label>
            <span>{t("shifts-from-minute")}</span>
            <input
              type="number"
              min={0}
              max={lasted}
              step="any"
              value={from}
              onChange={(event) => setFrom(event.target.value)}
            />
          </label>
          <label>
            <span>{t("shifts-to-minute")}</span>
            <input
              type="number"
              min={0}
              max={lasted}
              step="any"
              placeholder={lasted.toFixed(1)}
              value={to}
              onChange={(event) => setTo(event.target.value)}
            />
          </label>
          <label className="reason-note">
            <span>{t("shifts-note")}</span>
            <input maxLength={2000} value={text} onChange={(event) => setText(event.target.value)} />
          </label>
        </div>
        {!isRight && <p role="alert">{t("shifts-wrong-part", { most: lasted.toFixed(1) })}</p>}
      </details>
      <div className="dialog-foot">
        {stop.reason !== null && (
          <button type="button" disabled={!isRight} onClick={() => assign("")}>
            {t("shifts-take-back")}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {t("shifts-cancel")}
        </button>
      </div>
    </Dialog>
  );
}
