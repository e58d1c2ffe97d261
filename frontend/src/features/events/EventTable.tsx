/** Events as rows, each with its acknowledgement. Events since the last visit are above a line. */
import { useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { sayFailed } from "../frame/toasts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { acknowledgeEvent, type Event, keyOf, kindWords, messageWords, whatOf } from "./events.ts";
import "./events.css";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";

interface EventTableProps {
  events: readonly Event[];
  /** Unix seconds: later events are new. */
  seen: number;
  /** The query to read again after an acknowledgement. */
  listKey: readonly string[];
}

export function EventTable({ events, seen, listKey }: EventTableProps) {
  const [acknowledging, setAcknowledging] = useState<Event | null>(null);
  const firstSeen = seen > 0 ? events.findIndex((event) => event.at <= seen) : -1;
  return (
    <>
      <ScrollingTable label={t("frame-events")} className="is-list">
        <thead>
          <tr>
            <th scope="col">{t("batches-when")}</th>
            <th scope="col">{t("batch-machine")}</th>
            <th scope="col">{t("batches-what")}</th>
            <th scope="col">{t("events-details")}</th>
            <th scope="col">{t("batches-who")}</th>
            <th scope="col">{t("events-acknowledged")}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event, place) => (
            <Fragment key={keyOf(event)}>
              {place === firstSeen && place > 0 && (
                <tr className="events-seen">
                  <td colSpan={6}>{t("events-seen-before")}</td>
                </tr>
              )}
              <Row event={event} onAcknowledge={() => setAcknowledging(event)} />
            </Fragment>
          ))}
        </tbody>
      </ScrollingTable>
      {acknowledging && (
        <AcknowledgeDialog event={acknowledging} listKey={listKey} onClose={() => setAcknowledging(null)} />
      )}
    </>
  );
}

function Row({ event, onAcknowledge }: { event: Event; onAcknowledge: () => void }) {
  const { plant, clock } = usePlant();
  const machine = plant.machines.get(event.machine);
  const note = event.acknowledged;
  const details = messageWords(event);
  return (
    <tr data-kind={event.kind}>
      <td className="when">{clock.full(event.at)}</td>
      <td>
        {machine ? (
          <a href={hrefOf({ view: "machine", machine: event.machine })}>{machine.id}</a>
        ) : (
          event.machine.replace("_", ":")
        )}
      </td>
      <td>{kindWords(event)}</td>
      <td className="prose">
        {event.txId && event.kind !== "device_change" ? (
          <a href={hrefOf({ view: "batch", txId: event.txId })}>{whatOf(event, plant) || kindWords(event)}</a>
        ) : (
          whatOf(event, plant)
        )}
        {details && <span className="quiet"> {details}</span>}
      </td>
      <td>{event.person}</td>
      <td>
        {note ? (
          <>
            {note.person} <span className="quiet">{note.note}</span>
          </>
        ) : (
          <button
            type="button"
            className="plain"
            aria-label={`${t("events-acknowledge")}: ${event.machine.replace("_", ":")} ${kindWords(event)}`}
            onClick={onAcknowledge}
          >
            {t("events-acknowledge")}
          </button>
        )}
      </td>
    </tr>
  );
}

interface AcknowledgeDialogProps {
  event: Event;
  listKey: readonly string[];
  onClose: () => void;
}

function AcknowledgeDialog({ event, listKey, onClose }: AcknowledgeDialogProps) {
  const { plant } = usePlant();
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const send = () => {
    acknowledgeEvent(event, note.trim())
      .then(() => client.invalidateQueries({ queryKey: listKey }))
      .then(onClose)
      .catch(sayFailed);
  };
  return (
    <Dialog title={t("events-acknowledge")} onClose={onClose}>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          send();
        }}
      >
        <p>
          {event.machine.replace("_", ":")} {kindWords(event)} {whatOf(event, plant)}
        </p>
        <label className="field">
          <span>{t("events-note")}</span>
          <input value={note} maxLength={500} onChange={(change) => setNote(change.target.value)} />
        </label>
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            {t("events-cancel")}
          </button>
          <button type="submit" className="primary">
            {t("events-acknowledge")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
