/** A person's own account: their rights, their sessions, and the tokens of their programs. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiProblem, messageOf } from "../../api.ts";
import { t } from "../../texts/catalogue.ts";
import { rightsOf, Sessions, Tokens } from "./Access.tsx";
import {
  createToken,
  endSession,
  fetchSessionInfo,
  fetchSessions,
  fetchTokens,
  revokeToken,
  type Session,
  type SessionInfo,
  signOut,
  signOutEverywhere,
  type Token,
} from "./session.ts";
import "./account.css";

function leave(): void {
  window.location.assign("/sign-in");
}

const EMPTY: { info: SessionInfo | null; sessions: Session[]; tokens: Token[] } = {
  info: null,
  sessions: [],
  tokens: [],
};

/** Whether the server keeps no accounts, as a demo does: nothing is wrong then. */
function isWithoutAccounts(error: Error | null): boolean {
  return error instanceof ApiProblem && error.status === 404;
}

export function AccountView() {
  const query = useQuery({
    queryKey: ["account"],
    queryFn: async ({ signal }) => {
      const [info, sessions, tokens] = await Promise.all([
        fetchSessionInfo(signal),
        fetchSessions(),
        fetchTokens(),
      ]);
      return { info, sessions, tokens };
    },
  });
  const [refusal, setRefusal] = useState<string | null>(null);
  const isDemo = isWithoutAccounts(query.error);
  const problem = refusal ?? (query.error && !isDemo ? messageOf(query.error) : null);
  const load = () => void query.refetch();
  const act = (work: Promise<void>, after: () => void) =>
    work.then(after, (error: unknown) => setRefusal(messageOf(error)));
  const { info, sessions, tokens } = query.data ?? EMPTY;
  if ((problem || isDemo) && !info?.user)
    return (
      <div className="account">
        <h1>{t("box-account")}</h1>
        {isDemo ? <p>{t("account-none")}</p> : <p role="alert">{problem}</p>}
      </div>
    );
  if (!info?.user) return <p role="status">{t("account-loading")}</p>;
  return (
    <div className="account">
      <h1>{info.user.name}</h1>
      <p>{t("rights-you-are", { rights: rightsOf(info.user.grants) })}</p>
      {problem && <p role="alert">{problem}</p>}
      <section aria-labelledby="sessions">
        <h2 id="sessions">{t("session-title")}</h2>
        <Sessions
          sessions={sessions}
          end={(session) => (session.isThis ? act(signOut(), leave) : act(endSession(session.id), load))}
        />
        <p>
          <button type="button" onClick={() => act(signOutEverywhere(), leave)}>
            {t("session-sign-out-everywhere")}
          </button>
        </p>
      </section>
      <section aria-labelledby="tokens">
        <h2 id="tokens">{t("token-title")}</h2>
        <Tokens
          tokens={tokens}
          empty={t("token-none")}
          revoke={(token) => act(revokeToken(token.id), load)}
          create={createToken}
          onMade={load}
        />
      </section>
    </div>
  );
}
