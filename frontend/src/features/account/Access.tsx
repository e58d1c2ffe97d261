/** Lists of sessions, tokens and rights, for one's own account and, for administrators, for all accounts. */

import { type FormEvent, type ReactNode, useState } from "react";
import { messageOf } from "../../api.ts";
import { roleWord } from "../../format/index.ts";
import { t } from "../../texts/catalogue.ts";
import { rich } from "../../texts/rich.tsx";
import { usePlant } from "../plant/plantContext.ts";
import type { Session, Token } from "./session.ts";

const ROLES = ["viewer", "operator", "engineer", "admin"] as const;

export function rightsOf(grants: Readonly<Record<string, string>>): string {
  return Object.entries(grants)
    .map(([line, role]) =>
      line === "*" ? roleWord(role) : t("rights-on-line", { role: roleWord(role), line }),
    )
    .join(", ");
}

interface SessionsProps {
  sessions: readonly Session[];
  end: (session: Session) => void;
}

export function Sessions({ sessions, end }: SessionsProps) {
  const { clock } = usePlant();
  return (
    <ul className="tokens">
      {sessions.map((session) => (
        <li key={session.id}>
          <span title={session.agent}>
            {rich("session-where", {
              browser: <strong>{session.isThis ? t("session-this") : browserOf(session.agent)}</strong>,
              address: session.address,
              since: clock.full(session.createdAt),
              seen: clock.full(session.seenAt),
            })}
          </span>
          <button type="button" onClick={() => end(session)}>
            {t(session.isThis ? "session-sign-out" : "session-sign-out-there")}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A browser's text also names its predecessors, so the order counts. */
const BROWSERS = [
  ["Edg", "Edge"],
  ["OPR", "Opera"],
  ["Firefox", "Firefox"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;
const SYSTEMS = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"] as const;

/** A short form of a user agent: "Chrome on Linux". The title has the whole text. */
function browserOf(agent: string): string {
  const name = BROWSERS.find(([mark]) => agent.includes(`${mark}/`))?.[1];
  const system = SYSTEMS.find((word) => agent.includes(word));
  if (!name) return agent.slice(0, 40) || t("session-unknown");
  return system ? t("session-browser-on", { browser: name, system }) : name;
}

interface TokensProps {
  tokens: readonly Token[];
  /** The text for an empty list. */
  empty: string;
  revoke: (token: Token) => void;
  create: (program: string, role: string) => Promise<Token>;
  onMade: () => void;
}

export function Tokens({ tokens, empty, revoke, create, onMade }: TokensProps) {
  const { clock } = usePlant();
  return (
    <>
      {tokens.length === 0 && <p className="quiet">{empty}</p>}
      <ul className="tokens">
        {tokens.map((token) => (
          <li key={token.id}>
            <span>
              {rich("token-until", {
                name: <strong>{token.name}</strong>,
                rights: rightsOf(token.grants),
                time: clock.full(token.expiresAt),
              })}
            </span>
            <button type="button" onClick={() => revoke(token)}>
              {t("token-revoke")}
            </button>
          </li>
        ))}
      </ul>
      <NewToken create={create} onMade={onMade} />
    </>
  );
}

function NewToken({ create, onMade }: Pick<TokensProps, "create" | "onMade">) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("viewer");
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    create(name, role).then(
      (made) => {
        setText(made.token ?? null);
        setName("");
        onMade();
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  return (
    <form className="fields" onSubmit={submit}>
      <label>
        {t("token-program")}
        <input required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <RoleField label={t("token-role")} value={role} onChange={setRole} />
      <button type="submit">{t("token-create")}</button>
      {problem && <p role="alert">{problem}</p>}
      {text && <Secret text={text}>{t("token-shown-once")}</Secret>}
    </form>
  );
}

interface RoleProps {
  label: string;
  value: string;
  onChange: (role: string) => void;
  /** The text for no role, if that is possible. */
  none?: string;
}

export function RoleField({ label, value, onChange, none }: RoleProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {none && <option value="">{none}</option>}
        {ROLES.map((word) => (
          <option key={word} value={word}>
            {roleWord(word)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A secret that is shown only once, and can be copied. */
export function Secret({ text, children }: { text: string; children: ReactNode }) {
  const [isCopied, setCopied] = useState(false);
  return (
    <p role="status" className="shown-once">
      {children} <code className="secret">{text}</code>{" "}
      {"clipboard" in navigator && (
        <button
          type="button"
          onClick={() =>
            navigator.clipboard.writeText(text).then(
              () => setCopied(true),
              () => undefined,
            )
          }
        >
          {t(isCopied ? "token-copied" : "token-copy")}
        </button>
      )}
    </p>
  );
}
