/** What the next shift should know: who changed what, and notes. */
import { type FormEvent, useState } from "react";
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import type { Report } from "./shifts.ts";

export function Changes({ report }: { report: Report }) {
  const { clock } = usePlant();
  if (report.changes.length === 0) return <p className="quiet">{t("shifts-no-changes")}</p>;
  return (
    <ul className="shift-list">
      {report.changes.map(({ person, batches, targets, outcomes, lastAt, reasons }) => (
        <li key={person}>
          <a href={hrefOf({ view: "batches" }, { person })}>{person}</a>
          {t("shifts-changed", {
            targets,
            batches,
            outcomes: Object.entries(outcomes)
              .map(([outcome, count]) => `${count} ${t(`outcome-${outcome}`)}`)
              .join(", "),
            at: clock.time(lastAt),
          })}
          {reasons.length > 0 && <span className="quiet"> · {reasons.join("; ")}</span>}
        </li>
      ))}
    </ul>
  );
}

interface NotesProps {
  readonly report: Report;
  readonly line: string;
  readonly onNote: (line: string, text: string) => Promise<unknown>;
}

export function Notes({ report, line, onNote }: NotesProps) {
  const { plant, clock } = usePlant();
  const lines = plant.lines.filter((each) => each.mayChange);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState("");
  const to = line || chosen || (lines[0]?.id ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onNote(to, text.trim()).then(
      () => setText(""),
      () => undefined, // the text stays, and the page says why
    );
  };
  return (
    <>
      {report.notes.length === 0 && <p className="quiet">{t("shifts-no-notes")}</p>}
      <ul className="shift-list">
        {report.notes.map((note) => (
          <li key={`${note.at} ${note.line} ${note.person}`}>
            <p className="shift-note">{note.text}</p>
            <span className="quiet">
              {t("shifts-note-by", { person: note.person, line: note.line, at: clock.time(note.at) })}
            </span>
          </li>
        ))}
      </ul>
      {lines.some(({ id }) => id === to) && (
        <form className="shift-note-form" onSubmit={submit}>
          <label>
            <span>{t("shifts-note")}</span>
            <textarea
              rows={2}
              maxLength={2000}
              required
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </label>
          {!line && (
            <label>
              <span>{t("shifts-line")}</span>
              <select value={to} onChange={(event) => setChosen(event.target.value)}>
                {lines.map(({ id }) => (
                  <option key={id}>{id}</option>
                ))}
              </select>
            </label>
          )}
          <button type="submit" disabled={text.trim() === ""}>
            {t("shifts-leave-note")}
          </button>
        </form>
      )}
    </>
  );
}
