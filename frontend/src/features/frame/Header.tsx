/** The head of every page: the plant, the state of the connection, the person, and the search for a machine. */

import { useEffect, useState } from "react";
import { ageWords, asSentence, GLYPH, nowMs, roleWord, roomOf, shown } from "../../format/index.ts";
import { layerSentence } from "../../format/sentences.ts";
import { useConnection, useMe } from "../../hooks/useSession.ts";
import { hrefOf } from "../../router.ts";
import { onTick } from "../../session/ticker.ts";
import { LANGUAGES, t } from "../../texts/catalogue.ts";
import { chooseLanguage, OFFERED, useLanguage } from "../../texts/language.ts";
import { rich } from "../../texts/rich.tsx";
import { Age } from "../../ui/Age.tsx";
import { usePrinting } from "../../ui/usePrinting.ts";
import { BatchChips } from "../batches/BatchChip.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { AlarmCount } from "./AlarmCount.tsx";
import { CommandBox } from "./CommandBox.tsx";
import { sayFailed } from "./toasts.ts";

export function Header({ onKeys }: { onKeys: () => void }) {
  const { plant } = usePlant();
  const me = useMe();
  return (
    <header className="header">
      <a className="brand" href={hrefOf({ view: "plant" })} title={plant.name}>
        <strong>Setpoint</strong>
        <span className="brand-plant"> · {plant.name}</span>
      </a>
      <nav className="header-nav" aria-label={t("frame-pages")}>
        <a href={hrefOf({ view: "batches" })}>{t("frame-batches")}</a>
        <a href={hrefOf({ view: "events" })}>{t("frame-events")}</a>
        <a href={hrefOf({ view: "alarms" })}>
          {t("frame-alarms")} <AlarmCount />
        </a>
        <a href={hrefOf({ view: "shifts" })}>{t("frame-shifts")}</a>
        {plant.writable.length > 0 && <a href={hrefOf({ view: "upload" })}>{t("frame-upload")}</a>}
        {me?.role === "admin" && <a href={hrefOf({ view: "people" })}>{t("frame-people")}</a>}
        <BatchChips />
      </nav>
      <span className="spring" />
      <Printed />
      <ConnectionBadge />
      <CommandBox />
      {OFFERED.length > 1 && <LanguageMenu />}
      <button type="button" className="plain keys-button" onClick={onKeys} aria-label={t("frame-keys")}>
        ?
      </button>
      {me && (
        <a
          className="me"
          title={t("frame-role", { role: roleWord(me.role) })}
          href={hrefOf({ view: "account" })}
        >
          {me.name}
          {me.role === "viewer" && <span className="quiet"> {t("frame-viewer")}</span>}
        </a>
      )}
    </header>
  );
}

/** The time of printing, only on paper, because the page shows the state at that time. */
function Printed() {
  const { clock } = usePlant();
  return usePrinting() && <span>{t("frame-printed", { time: clock.full(nowMs() / 1000) })}</span>;
}

function LanguageMenu() {
  const language = useLanguage();
  return (
    <select
      className="language"
      aria-label={t("frame-language")}
      value={language}
      onChange={(event) => {
        const wanted = OFFERED.find((each) => each === event.target.value);
        if (wanted) chooseLanguage(wanted).catch(sayFailed);
      }}
    >
      {OFFERED.map((each) => (
        <option key={each} value={each} title={LANGUAGES[each].name}>
          {each.toUpperCase()}
        </option>
      ))}
    </select>
  );
}

/** The ages that take the most room: just before minutes, hours and days are counted, and some days. */
const LONGEST_MS = [119e3, 119 * 60e3, 47 * 3600e3, 99 * 86400e3];
const STATES = ["CONNECTING", "CONNECTED", "STALE", "DISCONNECTED"] as const;

/**
 * Three hops, shown separately: this browser, the server, the machines. It always has the width of its longest text, so
 * that a lost connection moves nothing.
 */
export function ConnectionBadge() {
  const connection = useConnection();
  const { state, lastFrameMs, doubtfulMachines } = connection;
  const machines =
    doubtfulMachines === 0
      ? t("connection-machines-good")
      : `${GLYPH.stale} ${t("connection-not-good", { count: doubtfulMachines })}`;
  return (
    <section className={`connection is-${state.toLowerCase()}`} aria-label={t("connection")}>
      <span className="connection-dot" aria-hidden="true" />
      <span className="connection-words">
        <span
          className="connection-state"
          data-room={STATES.map((each) => t(`connection-${each}`)).join("\n")}
        >
          <span role="status">{t(`connection-${state}`)}</span>
        </span>
        <span
          className="connection-age quiet"
          data-room={LONGEST_MS.map((age) => t("age-ago", { age: ageWords(age) })).join("\n")}
        >
          {lastFrameMs !== null &&
            (state === "CONNECTED" ? (
              <FrameAge sinceMs={lastFrameMs} />
            ) : (
              <Age sinceMs={lastFrameMs} isAgo />
            ))}
        </span>
      </span>
      <span className="hops quiet" title={t("connection-hops")}>
        {t("connection-browser")} {state === "CONNECTED" ? "─" : "╌"} {t("connection-server")}{" "}
        {state === "CONNECTED" ? `─ ${machines}` : `╌ ${t("connection-machines-not-known")}`}
      </span>
    </section>
  );
}

/**
 * The age of the last frame, in tenths of a second, refreshed once a second. On a good connection it stays at a few
 * seconds.
 */
function FrameAge({ sinceMs }: { sinceMs: number }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => onTick(() => setNow(performance.now())), []);
  const text = `${shown({ decimals: 1 }, Math.max(0, now - sinceMs) / 1000)} s`;
  return (
    <span className="has-room" data-room={roomOf(text)}>
      <span className="own-layout">{text}</span>
    </span>
  );
}

/**
 * Says what is shown, and since when, while everything else is desaturated. It covers the footer and moves nothing; it
 * cannot be closed.
 */
export function DisconnectedBar() {
  const { state, lastFrameMs, retryAtMs, finalReason, lastFrameTs } = useConnection();
  const { clock } = usePlant();
  const [now, setNow] = useState(() => performance.now());
  const isShown = state === "DISCONNECTED" || (state === "CONNECTING" && lastFrameMs !== null);
  useEffect(() => (isShown ? onTick(() => setNow(performance.now())) : undefined), [isShown]);
  if (!isShown) return null;
  const wait = retryAtMs === null ? 0 : Math.ceil((retryAtMs - now) / 1000);
  return (
    <div className="disconnected-bar" role="alert">
      <strong>
        {finalReason === null ? t("connection-lost") : asSentence(layerSentence("final", finalReason))}
      </strong>{" "}
      {lastFrameMs === null || lastFrameTs === null
        ? t("connection-nothing-received")
        : rich("connection-shown", {
            time: clock.time(lastFrameTs),
            age: <Age sinceMs={lastFrameMs} isAgo />,
          })}{" "}
      {finalReason === null &&
        (wait > 0 ? t("connection-trying-in", { count: wait }) : t("connection-trying-now"))}
      {finalReason && (
        <button type="button" onClick={() => window.location.reload()}>
          {t("connection-reload")}
        </button>
      )}
    </div>
  );
}
