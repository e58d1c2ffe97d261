/** One's own account: what one may do, where one is signed in, and the tokens of one's programs. */
import { type FormEvent, useCallback, useEffect, useState } from "react";
import {
  createToken,
  type Door,
  endSession,
  fetchDoor,
  fetchSessions,
  fetchTokens,
  revokeToken,
  type Session,
  signOut,
  signOutEverywhere,
  type Token,
} from "../api/door.ts";
import { ApiProblem, messageOf } from "../api/http.ts";
import { usePlant } from "../components/plantContext.ts";
import "../styles/door.css";

const ROLES = ["viewer", "operator", "engineer", "admin"] as const;

function leave(): void {
  window.location.assign("/sign-in");
}

function rightsOf(grants: Record<string, string>): string {
  return Object.entries(grants)
    .map(([line, role]) => (line === "*" ? role : `${role} on line ${line}`))
    .join(", ");
}

export function AccountView() {
  const { clock } = usePlant();
  const [door, setDoor] = useState<Door | null>(null);
  const [sessions, setSessions] = useState<Session[]>([]);
  const [tokens, setTokens] = useState<Token[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const load = useCallback(() => {
    const abort = new AbortController();
    Promise.all([fetchDoor(abort.signal), fetchSessions(), fetchTokens()]).then(
      ([found, theirs, made]) => {
        setDoor(found);
        setSessions(theirs);
        setTokens(made);
      },
      (error: unknown) =>
        setProblem(
          error instanceof ApiProblem && error.status === 404
            ? "The demo has no accounts: a person is whoever the address says."
            : messageOf(error),
        ),
    );
  }, []);
  useEffect(load, [load]);
  const act = (work: Promise<void>, after: () => void) =>
    work.then(after, (error: unknown) => setProblem(messageOf(error)));
  if (problem && !door?.user) return <p role="alert">{problem}</p>;
  if (!door?.user) return <p role="status">Loading the account</p>;
  return (
    <div className="account">
      <h1>{door.user.name}</h1>
      <p>You are {rightsOf(door.user.grants)}.</p>
      {problem && <p role="alert">{problem}</p>}
      <section aria-labelledby="sessions">
        <h2 id="sessions">Signed in</h2>
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Address</th>
                <th scope="col">Browser</th>
                <th scope="col">Since</th>
                <th scope="col">Last seen</th>
                <th scope="col">
                  <span className="quiet">End it</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <tr key={session.id}>
                  <td>{session.address}</td>
                  <td title={session.agent}>
                    {session.isThis ? "This browser" : session.agent.slice(0, 60)}
                  </td>
                  <td>{clock.full(session.createdAt)}</td>
                  <td>{clock.full(session.seenAt)}</td>
                  <td>
                    <button
                      type="button"
                      onClick={() =>
                        session.isThis ? act(signOut(), leave) : act(endSession(session.id), load)
                      }
                    >
                      Sign out{session.isThis ? "" : " there"}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p>
          <button type="button" onClick={() => act(signOutEverywhere(), leave)}>
            Sign out everywhere
          </button>
        </p>
      </section>
      <section aria-labelledby="tokens">
        <h2 id="tokens">Programs</h2>
        {tokens.length === 0 && <p className="quiet">No program has a token of yours.</p>}
        <ul className="tokens">
          {tokens.map((token) => (
            <li key={token.id}>
              <strong>{token.name}</strong> {rightsOf(token.grants)}, until {clock.full(token.expiresAt)}{" "}
              <button type="button" onClick={() => act(revokeToken(token.id), load)}>
                Revoke
              </button>
            </li>
          ))}
        </ul>
        <NewToken onMade={load} />
      </section>
    </div>
  );
}

function NewToken({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("viewer");
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    createToken(name, role).then(
      (made) => {
        setText(made.token ?? null);
        setName("");
        onMade();
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
  return (
    <form className="new-token" onSubmit={submit}>
      <label>
        Program
        <input required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label>
        Role
        <select value={role} onChange={(event) => setRole(event.target.value)}>
          {ROLES.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      </label>
      <button type="submit">Create a token</button>
      {problem && <p role="alert">{problem}</p>}
      {text && (
        <p role="status">
          This is shown once: <code className="secret">{text}</code>
        </p>
      )}
    </form>
  );
}
