/** Messages to other systems and people: which were delivered, wait or failed, and a button to try again. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api.ts";
import { setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { usePages } from "../batches/usePages.ts";
import { usePlant } from "../plant/plantContext.ts";
import { AdminPage } from "./AdminPage.tsx";
import {
  DELIVERY_STATES,
  type Delivery,
  deliverAgain,
  fetchChannels,
  fetchDeliveries,
} from "./deliveries.ts";

const KEY = "deliveries";
/** The server tries waiting messages by itself, so the list is read again while the page is open. */
const READ_EVERY_MS = 10_000;

export function DeliveriesView() {
  return (
    <AdminPage title={t("frame-deliveries")}>
      <Channels />
    </AdminPage>
  );
}

function Channels() {
  const { data, error } = useQuery({
    queryKey: [KEY, "channels"],
    queryFn: ({ signal }) => fetchChannels(signal),
  });
  if (error && !data) return <p role="alert">{messageOf(error)}</p>;
  if (!data) return <p role="status">{t("messages-loading")}</p>;
  const channels = Object.entries(data);
  return (
    <>
      {channels.length === 0 && <p className="quiet">{t("messages-no-channel")}</p>}
      {channels.length > 0 && (
        <dl className="channels">
          {channels.map(([name, target]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="quiet">{target}</dd>
            </div>
          ))}
        </dl>
      )}
      <Messages channels={Object.keys(data)} />
    </>
  );
}

function Messages({ channels }: { channels: readonly string[] }) {
  const channel = useParam("channel");
  const status = useParam("status");
  const { items, problem, more, isReading } = usePages(
    [KEY, channel, status],
    (cursor, signal) => {
      const params = { channel, status, cursor };
      const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value));
      return fetchDeliveries(query.toString(), signal);
    },
    READ_EVERY_MS,
  );
  return (
    <>
      <div className="filters">
        <Choice name="channel" label="messages-channel" value={channel} choices={channels} />
        <Choice name="status" label="messages-state" value={status} choices={DELIVERY_STATES} isState />
      </div>
      {problem && <p role="alert">{problem}</p>}
      {items?.length === 0 && <p className="quiet">{t("messages-none")}</p>}
      {items !== null && items.length > 0 && <Table deliveries={items} />}
      {more && (
        <p>
          <button type="button" disabled={isReading} onClick={more}>
            {t("messages-more", { count: items?.length ?? 0 })}
          </button>
        </p>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly isState?: boolean;
}

function Choice({ name, label, value, choices, isState = false }: ChoiceProps) {
  return (
    <label className="inline">
      <span>{t(label)}</span>
      <select value={value} onChange={(change) => setParam(name, change.target.value)}>
        <option value="">{t("messages-any")}</option>
        {choices.map((each) => (
          <option key={each} value={each}>
            {isState ? t(`messages-${each}`) : each}
          </option>
        ))}
      </select>
    </label>
  );
}

function Table({ deliveries }: { deliveries: readonly Delivery[] }) {
  const { clock } = usePlant();
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const again = (id: number) =>
    deliverAgain(id).then(
      () => {
        setProblem(null);
        return client.invalidateQueries({ queryKey: [KEY] });
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  return (
    <>
      {problem && <p role="alert">{problem}</p>}
      <ScrollingTable label={t("messages-list")} className="is-list">
        <thead>
          <tr>
            <th scope="col">{t("messages-when")}</th>
            <th scope="col">{t("messages-channel")}</th>
            <th scope="col">{t("messages-message")}</th>
            <th scope="col">{t("messages-state")}</th>
            <th scope="col">{t("messages-attempts")}</th>
            <th scope="col">{t("messages-said")}</th>
            <th scope="col">{t("messages-next")}</th>
            <th scope="col">{t("messages-again")}</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((each) => (
            <tr key={each.id}>
              <td>{clock.full(each.at)}</td>
              <td>{each.channel}</td>
              <td>{each.type}</td>
              <td>{t(`messages-${each.state}`)}</td>
              <td>{each.attempts}</td>
              <td className="details quiet">{each.said}</td>
              <td>{each.nextAt === null ? "" : clock.full(each.nextAt)}</td>
              <td>
                {each.state !== "waiting" && (
                  <button type="button" onClick={() => void again(each.id)}>
                    {t("messages-send-again", { number: String(each.id) })}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollingTable>
    </>
  );
}
