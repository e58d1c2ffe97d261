/** The whole state of a store as plain data, as the vectors write it. Twin of `Store.state` in Python. */
import type { By } from "../contract/index.ts";
import type { Notice, RecordMap, Store, Target } from "../store/machine/index.ts";

export function storeState(store: Store): unknown {
  const { server, pending } = store;
  return {
    server: {
      epoch: server.epoch,
      topics: plain(server.topics, (topic) => ({
        position: topic.position,
        ts: topic.ts,
        machines: [...topic.machines].sort(),
        kpis: [...topic.kpis].sort(),
      })),
      machines: records(server.machines),
      kpis: records(server.kpis),
      revs: plain(server.revs, (revs) => revs),
      ...(server.open.size > 0 && { open: plain(server.open, (targets) => targets) }),
      ...(server.overview.size > 0 && { overview: plain(server.overview, (condition) => condition) }),
      recent: plain(server.recent, (outcomes) => outcomes),
    },
    pending: {
      transactions: plain(pending.transactions, ({ txId, atMs, status, sentMs, targets }) => ({
        txId,
        atMs,
        status,
        ...present({ sentMs }),
        targets: plain(targets, (fields) => plain(fields, plainTarget)),
      })),
      locks: plain(pending.locks, (fields) => plain(fields, (lock) => lock.txId)),
      notices: plain(pending.notices, (fields) => plain(fields, plainNotice)),
    },
    view: Object.fromEntries(
      [...store.machines()].map((machine) => {
        const view = store.view(machine);
        const notices = Object.entries(view?.notices ?? {}).map(([field, notice]) => [
          field,
          plainNotice(notice),
        ]);
        return [
          machine,
          { record: view?.record, overlays: view?.overlays, notices: Object.fromEntries(notices) },
        ];
      }),
    ),
  };
}

function records(map: RecordMap): { [key: string]: unknown } {
  return Object.fromEntries([...map.keys()].map((key) => [key, map.get(key)]));
}

function plain<T>(map: ReadonlyMap<string, T>, of: (value: T) => unknown): { [key: string]: unknown } {
  return Object.fromEntries([...map].map(([key, value]) => [key, of(value)]));
}

function plainTarget({ base, rev, rival, outcome, by, message, said: code, ...rest }: Target): unknown {
  return {
    ...rest,
    ...present({ base, rev, outcome, message, said: code }),
    ...(by && { by: plainBy(by) }),
    ...(rival && { rival: { txId: rival.txId, rev: rival.rev, ...(rival.by && { by: plainBy(rival.by) }) } }),
  };
}

export function plainNotice({ by, said: code, ...rest }: Notice): unknown {
  return { ...rest, ...present({ said: code }), ...(by && { by: plainBy(by) }) };
}

function plainBy(by: By): unknown {
  return by.name ? by : { kind: by.kind };
}

/** Absent values are left out. */
function present(values: { [key: string]: unknown }): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
