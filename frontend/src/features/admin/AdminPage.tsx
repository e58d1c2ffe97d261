/** The frame of the administrators' pages: links between them, and a clear message for everybody else. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem, messageOf } from "../../api.ts";
import { hrefOf, type Route, useRoute } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { fetchSessionInfo } from "../account/session.ts";
import "../account/account.css";
import "./admin.css";

const PAGES: readonly (readonly [
  view: Route["view"] & ("people" | "limits" | "security" | "deliveries" | "plant-file"),
  text: string,
])[] = [
  ["people", "frame-people"],
  ["limits", "frame-limits"],
  ["security", "frame-security"],
  ["deliveries", "frame-deliveries"],
  ["plant-file", "frame-plant-file"],
];

export function AdminPage({ title, children }: { title: string; children: ReactNode }) {
  const { view } = useRoute();
  const { data, error } = useQuery({
    queryKey: ["session"],
    queryFn: ({ signal }) => fetchSessionInfo(signal),
  });
  if (error && !data)
    return (
      <Instead title={title} isNothing={hasNone(error)}>
        {problemOf(error)}
      </Instead>
    );
  if (!data) return <p role="status">{t("admin-loading")}</p>;
  if (data.user?.grants["*"] !== "admin") return <Instead title={title}>{t("admin-only")}</Instead>;
  return (
    <div className="account admin">
      <nav className="admin-nav" aria-label={t("admin-pages")}>
        {PAGES.map(([page, text]) => (
          <a key={page} href={hrefOf({ view: page })} aria-current={page === view ? "page" : undefined}>
            {t(text)}
          </a>
        ))}
      </nav>
      <h1>{title}</h1>
      {children}
    </div>
  );
}

interface InsteadProps {
  title: string;
  /** There is nothing to administer; that is not an error. */
  isNothing?: boolean;
  children: string;
}

function Instead({ title, isNothing = false, children }: InsteadProps) {
  return (
    <div className="account admin">
      <h1>{title}</h1>
      {isNothing ? <p className="quiet">{children}</p> : <p role="alert">{children}</p>}
    </div>
  );
}

function problemOf(error: Error): string {
  return hasNone(error) ? t("admin-none") : messageOf(error);
}

function hasNone(error: Error): boolean {
  return error instanceof ApiProblem && error.status === 404;
}
