/**
 * The sign-in page: name and password, the plant's OpenID provider, or a link that works once.
 *
 * A link carries its secret behind the `#`, which no server sees; it is taken out of the address as soon as it is
 * read, so that it stays in no history. After sign-in the board loads again, for the new person.
 */

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { messageOf } from "../../api.ts";
import { layerSentence } from "../../format/sentences.ts";
import { problemOf } from "../../queries.ts";
import { t } from "../../texts/catalogue.ts";
import { fetchSessionInfo, readLink, signIn, takeLink } from "./session.ts";
import "./account.css";

const MIN_PASSWORD = 12;

/** The server sets this cookie when a sign-in at the provider failed. */
const FAILED_COOKIE = "setpoint-sign-in-failed";

/** Why the sign-in at the provider failed. The reason is not in the address, because anybody can send a link. */
function readFailure(): string | null {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${FAILED_COOKIE}=`));
  if (!cookie) return null;
  const { code, message, args } = JSON.parse(decodeURIComponent(cookie.slice(FAILED_COOKIE.length + 1)));
  return layerSentence(code, message, args);
}

/** The reason is shown once. It is gone after a reload of the page. */
function useFailure(): string | null {
  const [failure] = useState(readFailure);
  useEffect(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs TLS
    document.cookie = `${FAILED_COOKIE}=; path=/sign-in; max-age=0`;
  }, []);
  return failure;
}

function readLinkSecret(): string | null {
  return new URLSearchParams(window.location.hash.slice(1)).get("link");
}

/**
 * The part behind the `#`, which is removed from the address once it was read; a link pasted into this very page counts
 * too.
 */
function useLinkSecret(): string | null {
  const [secret, setSecret] = useState(readLinkSecret);
  useEffect(() => {
    const take = () => {
      if (!window.location.hash) return;
      setSecret(readLinkSecret());
      window.history.replaceState(null, "", window.location.pathname);
    };
    take();
    window.addEventListener("hashchange", take);
    return () => window.removeEventListener("hashchange", take);
  }, []);
  return secret;
}

function comeIn(): void {
  window.location.assign(window.location.pathname === "/sign-in" ? "/" : window.location.href);
}

export function SignInView() {
  const secret = useLinkSecret();
  return (
    <main className="sign-in" id="main">
      <h1>Setpoint</h1>
      {secret ? <ByLink key={secret} secret={secret} /> : <ByPassword />}
    </main>
  );
}

function ByPassword() {
  const failure = useFailure();
  const { data: info } = useQuery({
    queryKey: ["session"],
    queryFn: ({ signal }) => fetchSessionInfo(signal),
  });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  return (
    <>
      <Form word={t("sign-in-act")} problem={failure} send={() => signIn(name, password)}>
        <label>
          {t("sign-in-name")}
          <input
            autoComplete="username"
            autoCapitalize="none"
            required
            value={name}
            onChange={(e) => setName(e.target.value)}
          />
        </label>
        <label>
          {t("sign-in-password")}
          <input
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
        </label>
      </Form>
      {info?.openId && (
        <a className="button" href="/api/oidc/start" target="_self">
          {t("sign-in-with", { provider: info.openId })}
        </a>
      )}
      {info?.needsSetUp && <p className="quiet">{t("sign-in-nobody")}</p>}
      <p className="quiet">{t("sign-in-forgotten")}</p>
    </>
  );
}

function ByLink({ secret }: { secret: string }) {
  const query = useQuery({
    queryKey: ["link", secret],
    queryFn: () => readLink(secret),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const found = query.data;
  const problem = problemOf(query);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  if (problem)
    return (
      <>
        <p role="alert">{problem}</p>
        <a className="button" href="/sign-in" target="_self">
          {t("sign-in-go")}
        </a>
      </>
    );
  if (!found) return <p role="status">{t("sign-in-reading")}</p>;
  const isFirst = found.name === null;
  return (
    <>
      <p>
        {isFirst
          ? t("sign-in-first", { count: MIN_PASSWORD })
          : t("sign-in-welcome", { name: found.name ?? "", count: MIN_PASSWORD })}
      </p>
      <Form
        word={t(isFirst ? "sign-in-set-up" : "sign-in-set-password")}
        problem={null}
        isReady={password === again}
        send={() => takeLink(secret, name, password)}
      >
        {isFirst ? (
          <label>
            {t("sign-in-your-name")}
            <input
              autoComplete="username"
              autoCapitalize="none"
              required
              value={name}
              onChange={(e) => setName(e.target.value)}
            />
          </label>
        ) : (
          <input type="hidden" autoComplete="username" value={found.name ?? ""} readOnly />
        )}
        <label>
          {t("sign-in-password")}
          <input
            type="password"
            autoComplete="new-password"
            minLength={MIN_PASSWORD}
            required
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
        </label>
        <label>
          {t("sign-in-password-again")}
          <input
            type="password"
            autoComplete="new-password"
            required
            aria-invalid={again !== "" && again !== password}
            value={again}
            onChange={(e) => setAgain(e.target.value)}
          />
        </label>
        {again !== "" && again !== password && <p className="quiet">{t("sign-in-not-same")}</p>}
      </Form>
    </>
  );
}

interface FormProps {
  word: string;
  problem: string | null;
  isReady?: boolean;
  send: () => Promise<unknown>;
  children: ReactNode;
}

function Form({ word, problem, isReady = true, send, children }: FormProps) {
  const [message, setMessage] = useState(problem);
  const [isSending, setSending] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setMessage(null);
    send().then(comeIn, (error: unknown) => {
      setSending(false);
      setMessage(messageOf(error));
    });
  };
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLInputElement>("input:not([type=hidden])")?.focus(), []);
  return (
    <form onSubmit={submit} ref={form}>
      {children}
      <button type="submit" className="primary" disabled={isSending || !isReady}>
        {word}
      </button>
      {message && <p role="alert">{message}</p>}
    </form>
  );
}
