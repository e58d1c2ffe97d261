/** One's own account: what one may do, where one is signed in, and the tokens of one's programs. */
import { useCallback, useEffect, useState } from "react";
import { ApiProblem, messageOf } from "../../api.ts";
import { rightsOf, Sessions, Tokens } from "./Access.tsx";
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
} from "./door.ts";
import "./door.css";

function leave(): void {
  window.location.assign("/sign-in");
}

export function AccountView() {
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
        <Sessions
          sessions={sessions}
          end={(session) => (session.isThis ? act(signOut(), leave) : act(endSession(session.id), load))}
        />
        <p>
          <button type="button" onClick={() => act(signOutEverywhere(), leave)}>
            Sign out everywhere
          </button>
        </p>
      </section>
      <section aria-labelledby="tokens">
        <h2 id="tokens">Programs</h2>
        <Tokens
          tokens={tokens}
          empty="No program has a token of yours."
          revoke={(token) => act(revokeToken(token.id), load)}
          create={createToken}
          onMade={load}
        />
      </section>
    </div>
  );
}
