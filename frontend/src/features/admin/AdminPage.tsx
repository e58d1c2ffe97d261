/** The frame of the administrators' pages: the way from one to the other, and a clear word for everybody else. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem, messageOf } from "../../api.ts";
import { hrefOf, type Route, useRoute } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { fetchDoor } from "../account/door.ts";
import "../account/door.css";
import "./admin.css";

const PAGES: readonly (readonly [
  view: Route["view"] & ("people" | "limits" | "security" | "deliveries" | "plant-file"),
  text: string,
])[] = [
  ["people", "frame-people"],
  ["limits", "admin-limits"],
  ["security", "admin-security"],
  ["deliveries", "admin-deliveries"],
  ["plant-file", "admin-plant-file"],
];

export function AdminPage({ title, children }: { title: string; children: ReactNode }) {
  const { view } = useRoute();
  const { data, error } = useQuery({ queryKey: ["door"], queryFn: ({ signal }) => fetchDoor(signal) });
  if (error && !data) return <Instead title={title}>{problemOf(error)}</Instead>;
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

function Instead({ title, children }: { title: string; children: string }) {
  return (
    <div className="account admin">
      <h1>{title}</h1>
      <p role="alert">{children}</p>
    </div>
  );
}

function problemOf(error: Error): string {
  if (error instanceof ApiProblem && error.status === 404) return t("admin-none");
  return messageOf(error);
}
