/**
 * Sets one target for one machine: it shows unit and range, Enter commits, Escape leaves. An impossible target is
 * refused at once, with the reason. The editor asks for confirmation, with the exact digits, if the change is big, if
 * the text needed interpretation, or if the set-point changed while the person was typing.
 */

import { type FormEvent, useEffect, useId, useState } from "react";
import type { Field } from "../../contract/plant.ts";
import {
  changePercent,
  GLYPH,
  isCritical,
  linkHoldWords,
  measured,
  NO_READING,
  rangeWords,
  type Value,
} from "../../format/index.ts";
import { readTarget, targetText } from "../../format/target.ts";
import { useHold } from "../../hooks/useSession.ts";
import { go } from "../../router.ts";
import { useSession } from "../../session/context.tsx";
import { useMachine, useOpenTarget } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { rich } from "../../texts/rich.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { commitTargets } from "../frame/commitTargets.ts";
import { usePlant } from "../plant/plantContext.ts";
import { Conflicts } from "./Conflicts.tsx";
import { blockOf } from "./feedback.ts";
import { LiveNumber } from "./LiveNumber.tsx";
import { openTargetWords } from "./openTarget.ts";

/** A change beyond this share of the set-point needs a second confirmation. */
const BIG_CHANGE = 0.2;

interface TargetEditorProps {
  machine: string;
  onClose: () => void;
}

export function TargetEditor({ machine, onClose }: TargetEditorProps) {
  const { plant, clock } = usePlant();
  const session = useSession();
  const view = useMachine(machine, "rare");
  const about = plant.machines.get(machine);
  const id = about?.id ?? machine;
  const [anchor] = useState(() => tileOf(machine)?.getBoundingClientRect() ?? null);
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const [reason, setReason] = useState("");
  const [refusal, setRefusal] = useState<{ field: string; text: string } | null>(null);
  const [confirming, setConfirming] = useState<Readonly<Record<string, Value>> | null>(null);
  const fieldId = useId();
  const hold = useHold();
  /** What the person saw, by rev: the base of the commit (PRE-1). */
  const [seen, setSeen] = useState(() => session.revs(machine));
  const [isMoved, setMoved] = useState(false);

  const block = about?.mayChange ? blockOf(id, view, clock) : t("block-rights");
  const changed = plant.writable.filter((field) => drafts[field.name] !== undefined);
  const needsReason = changed.some((field) => field.needsReason);
  const revsOfNow = session.revs(machine);
  const hasMoved = changed.some(({ name }) => revsOfNow[name] !== seen[name]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!view || block || hold) return;
    const targets: Record<string, Value> = {};
    let mustConfirm = false;
    for (const field of changed) {
      const read = readTarget(field, drafts[field.name] ?? "");
      if ("refusal" in read) {
        setRefusal({ field: field.name, text: read.refusal });
        document.getElementById(`${fieldId}-${field.name}`)?.focus();
        return;
      }
      const { value } = read;
      mustConfirm ||= !read.isExact;
      if (value !== view.record[field.name] || view.overlays[field.name]) targets[field.name] = value;
    }
    if (needsReason && !reason.trim()) {
      setRefusal({ field: "reason", text: t("editor-reason-needed") });
      return;
    }
    setRefusal(null);
    const revs = session.revs(machine);
    const moved = Object.keys(targets).filter((name) => revs[name] !== seen[name]);
    if (moved.length > 0) {
      setSeen(revs);
      setMoved(true);
      setConfirming(targets);
    } else if (Object.keys(targets).length === 0) onClose();
    else if (
      confirming === null &&
      (mustConfirm || plant.writable.some((field) => isBig(field, view.record, targets)))
    )
      setConfirming(targets);
    else {
      const txId = commitTargets(session, {
        updates: { [machine]: targets },
        base: { [machine]: only(seen, targets) },
        ...(reason.trim() ? { reason: reason.trim() } : {}),
      });
      if (txId !== null) onClose();
    }
  };

  return (
    <Dialog title={t("editor-title", { machine: id })} onClose={onClose} className="editor" anchor={anchor}>
      <form onSubmit={submit} noValidate>
        {plant.tileFields.actual && (
          <p className="editor-actual">
            <span className="quiet">
              {t("editor-now", { field: plant.tileFields.actual.label || plant.tileFields.actual.name })}{" "}
            </span>
            <LiveNumber machine={machine} field={plant.tileFields.actual} /> {plant.tileFields.actual.unit}
          </p>
        )}
        {!block && !confirming && view && (
          <Conflicts machine={machine} view={view} isHeld={hold !== null} onSent={onClose} />
        )}
        {block ? (
          <p className="refusal" role="alert">
            {block}
          </p>
        ) : confirming && view ? (
          <Question id={id} targets={confirming} record={view.record} isMoved={isMoved} />
        ) : (
          plant.writable.map((field, index) => (
            <FieldInput
              key={field.name}
              machine={machine}
              field={field}
              inputId={`${fieldId}-${field.name}`}
              hasFocus={index === 0}
              now={view?.record[field.name]}
              draft={drafts[field.name]}
              refusal={refusal?.field === field.name ? refusal.text : null}
              onDraft={(text) => {
                setDrafts({ ...drafts, [field.name]: text });
                setRefusal(null);
              }}
            />
          ))
        )}
        {!block && needsReason && !confirming && (
          <label className="editor-field">
            <span>{t("editor-reason")}</span>
            <input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={200} />
            {refusal?.field === "reason" && <span className="critical">{refusal.text}</span>}
          </label>
        )}
        {hasMoved && !block && !confirming && (
          <p className="amber" role="status">
            {GLYPH.conflict} {t("editor-moved")}
          </p>
        )}
        {hold && !block && (
          <p className="amber" role="alert">
            {GLYPH.stale} {linkHoldWords(hold)}
          </p>
        )}
        <div className="dialog-foot">
          {!confirming && (
            <button
              type="button"
              className="plain"
              onClick={() => {
                onClose();
                go({ view: "machine", machine });
              }}
            >
              {t("editor-all", { machine: id })}
            </button>
          )}
          <span className="spring" />
          <button type="button" onClick={() => (confirming ? setConfirming(null) : onClose())}>
            {t(confirming ? "editor-back" : block ? "frame-close" : "editor-cancel")}
          </button>
          {!block && (
            <button
              // A new button for the question: it takes the focus, so that Enter answers it.
              key={confirming ? "answer" : "ask"}
              ref={confirming ? focusOn : null}
              type="submit"
              className="primary"
              disabled={changed.length === 0 || hold !== null}
            >
              {confirming
                ? t("editor-change-to", { targets: changedWords(plant.writable, confirming) })
                : t("editor-change")}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

interface FieldInputProps {
  machine: string;
  field: Field;
  inputId: string;
  hasFocus: boolean;
  now: Value | undefined;
  draft: string | undefined;
  refusal: string | null;
  onDraft: (text: string) => void;
}

function FieldInput({ machine, field, inputId, hasFocus, now, draft, refusal, onDraft }: FieldInputProps) {
  const label = field.label || field.name;
  const open = useOpenTarget(machine, field.name);
  useEffect(() => {
    const input = document.getElementById(inputId);
    if (!hasFocus || !input) return;
    // The dialog opens after this effect, and gives the focus to this element, whatever stands before it.
    input.setAttribute("autofocus", "");
    input.focus();
    if (input instanceof HTMLInputElement) input.select();
  }, [hasFocus, inputId]);
  return (
    <div className="editor-field">
      <label htmlFor={inputId}>
        {label} <span className="quiet">{t("editor-value-now", { value: measured(field, now) })}</span>
      </label>
      {field.type === "choice" ? (
        <select
          id={inputId}
          value={draft ?? String(now ?? "")}
          onChange={(event) => onDraft(event.target.value)}
        >
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : (
        <span className="editor-input">
          <input
            id={inputId}
            className={field.type === "number" ? "number" : ""}
            inputMode={field.type === "number" ? "decimal" : "text"}
            autoComplete="off"
            value={draft ?? plainText(now)}
            aria-invalid={refusal !== null}
            aria-describedby={`${inputId}-help`}
            onChange={(event) => onDraft(event.target.value)}
          />
          <span className="unit">{field.unit}</span>
        </span>
      )}
      <span
        id={`${inputId}-help`}
        className={refusal ? "critical" : "quiet"}
        role={refusal ? "alert" : undefined}
      >
        {refusal ?? rangeWords(field)}
      </span>
      {open && <span className="amber">┈ {openTargetWords(field, open)}</span>}
    </div>
  );
}

interface QuestionProps {
  id: string;
  targets: Readonly<Record<string, Value>>;
  record: Readonly<Record<string, Value>>;
  /** A set-point changed after the person saw it. */
  isMoved: boolean;
}

function Question({ id, targets, record, isMoved }: QuestionProps) {
  const { plant } = usePlant();
  return (
    <div className="ask" role="alert">
      {isMoved && (
        <p className="amber">
          {GLYPH.conflict} {t("editor-moved-short")}
        </p>
      )}
      {Object.entries(targets).map(([name, value]) => {
        const field = plant.fieldsByName.get(name);
        if (!field) return null;
        const percent = changePercent(record[name], value);
        return (
          <p key={name}>
            {rich(percent ? "editor-question-percent" : "editor-question", {
              field: field.label || field.name,
              machine: id,
              before: String(record[name] ?? NO_READING),
              after: <strong>{targetText(field, value)}</strong>,
              percent,
            })}
          </p>
        );
      })}
    </div>
  );
}

function changedWords(fields: readonly Field[], targets: Readonly<Record<string, Value>>): string {
  return fields
    .filter((field) => field.name in targets)
    .map((field) => targetText(field, targets[field.name] ?? null))
    .join(", ");
}

/** Over a fifth of the set-point, or another mode while the machine runs. */
function isBig(
  field: Field,
  record: Readonly<Record<string, Value>>,
  targets: Readonly<Record<string, Value>>,
): boolean {
  if (!(field.name in targets)) return false;
  const before = record[field.name];
  const after = targets[field.name];
  if (field.type === "choice")
    return before !== after && record.status === "RUNNING" && !isCritical(record.status);
  if (typeof before !== "number" || typeof after !== "number") return false;
  return before === 0 ? after !== 0 : Math.abs(after - before) / Math.abs(before) > BIG_CHANGE;
}

/** The revs of the fields with targets. A rev is 0 if the field was never changed. */
function only(revs: Readonly<Record<string, number>>, targets: object): Record<string, number> {
  return Object.fromEntries(Object.keys(targets).map((name) => [name, revs[name] ?? 0]));
}

function focusOn(element: HTMLElement | null): void {
  element?.focus();
}

function plainText(value: Value | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

function tileOf(machine: string): Element | null {
  return document.querySelector(`[data-machine="${CSS.escape(machine)}"]`);
}
