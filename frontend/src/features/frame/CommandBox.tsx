/** One box for everything, opened by `/`, Ctrl K or touch: it finds, opens and acts. Enter takes the chosen entry. */

import { useRef, useState } from "react";
import { qualityWord, statusWord } from "../../format/index.ts";
import { useAttention, useMe } from "../../hooks/useSession.ts";
import { go, setParam } from "../../router.ts";
import { useSession } from "../../session/context.tsx";
import type { Session } from "../../session/session.ts";
import { getCondition } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { chooseLanguage } from "../../texts/language.ts";
import { usePlant } from "../plant/plantContext.ts";
import { openCells } from "../upload/workbook.ts";
import { type Act, commandsFor } from "./commands.ts";
import { sayFailed } from "./toasts.ts";

export function CommandBox() {
  const { plant } = usePlant();
  const session = useSession();
  const isAdmin = useMe()?.role === "admin";
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const { commands, more } = isOpen ? commandsFor(text, plant, isAdmin) : NOTHING;
  /** What had the focus before the box, and gets it back. */
  const before = useRef<EventTarget | null>(null);
  const close = () => {
    setText("");
    setAt(0);
    setOpen(false);
    const back = before.current;
    if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
    else document.getElementById("main")?.focus({ preventScroll: true });
  };
  const take = (act: Act) => {
    close();
    perform(act, session);
  };
  const chosen = commands[at];
  return (
    <search className="search">
      <input
        id="search"
        type="search"
        role="combobox"
        placeholder={t("box-placeholder")}
        aria-label={t("box-label")}
        aria-expanded={isOpen}
        aria-controls="search-found"
        aria-activedescendant={chosen ? `found-${at}` : undefined}
        autoComplete="off"
        maxLength={100}
        value={text}
        onFocus={(event) => {
          before.current = event.relatedTarget;
          setOpen(true);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && chosen) take(chosen.act);
          else if (event.key === "ArrowDown") setAt(Math.min(at + 1, commands.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (event.key === "Escape") close();
          else return;
          event.preventDefault();
        }}
      />
      {isOpen && (
        <div className="search-found">
          <div id="search-found" role="listbox" aria-label={t("box-found")}>
            {commands.map(({ key, label, about, machine, act }, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys.
              // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the combobox (aria-activedescendant).
              <div
                key={key}
                id={`found-${index}`}
                ref={index === at ? intoView : null}
                role="option"
                aria-selected={index === at}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => take(act)}
              >
                <span className="found-label">{label}</span>
                <span className="quiet clip" title={about}>
                  {about}
                </span>
                {machine && <StatusNow machine={machine} />}
              </div>
            ))}
          </div>
          {commands.length === 0 && <p className="quiet">{t("box-nothing", { text: text.trim() })}</p>}
          {text.trim() === "" && <p className="quiet">{t("box-hint")}</p>}
          {more > 0 && <p className="quiet">{t("box-more", { count: more })}</p>}
        </div>
      )}
    </search>
  );
}

const NOTHING = { commands: [], more: 0 };

function StatusNow({ machine }: { machine: string }) {
  const session = useSession();
  useAttention(); // renders again when a status changes
  const condition = getCondition(session.store.core.server, machine);
  if (!condition) return <span className="found-status quiet">{t("frame-not-heard")}</span>;
  const { status, quality } = condition;
  const isLive = quality === null || quality === "GOOD";
  return <span className="found-status">{isLive ? statusWord(status) : qualityWord(quality)}</span>;
}

function perform(act: Act, session: Session): void {
  switch (act.kind) {
    case "go":
      go(act.route, act.params);
      return;
    case "theme":
      setParam("theme", act.theme);
      return;
    case "language":
      chooseLanguage(act.language).catch(sayFailed);
      return;
    case "template": {
      const topic = act.line ? `?topic=${encodeURIComponent(`line:${act.line}`)}` : "";
      session.api.download(`/api/template.xlsx${topic}`, "setpoint-template.xlsx").catch(sayFailed);
      return;
    }
    case "set": {
      const { idColumn, tileFields } = session.plant;
      const { setPoint } = tileFields;
      if (!setPoint) return;
      openCells(`${idColumn}\t${setPoint.column}\n${act.machine}\t${act.text}`, session, act.name);
      go({ view: "upload" });
    }
  }
}

function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
