/** The frame of the administrators' pages: the way from one to the other, and a clear word for everybody else. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem, messageOf } from "../../api.ts";
import { hrefOf, type Route, useRoute } from "../../router.ts";
import { fetchDoor } from "../account/door.ts";
import "../account/door.css";
import "./admin.css";

const PAGES: readonly (readonly [
  view: Route["view"] & ("people" | "limits" | "security" | "plant-file"),
  label: string,
])[] = [
  ["people", "People"],
  ["limits", "Limits"],
  ["security", "Security log"],
  ["plant-file", "Plant file"],
];

export function AdminPage({ title, children }: { title: string; children: ReactNode }) {
  const { view } = useRoute();
  const { data, error } = useQuery({ queryKey: ["door"], queryFn: ({ signal }) => fetchDoor(signal) });
  if (error && !data) return <p role="alert">{problemOf(error)}</p>;
  if (!data) return <p role="status">Loading the page</p>;
  if (data.user?.grants["*"] !== "admin")
    return (
      <p role="alert">
        This page is for administrators of the whole plant. You may ask one of them for the right, or to look
        here for you.
      </p>
    );
  return (
    <div className="account admin">
      <nav className="admin-nav" aria-label="Administration">
        {PAGES.map(([page, label]) => (
          <a key={page} href={hrefOf({ view: page })} aria-current={page === view ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <h1>{title}</h1>
      {children}
    </div>
  );
}

function problemOf(error: Error): string {
  if (error instanceof ApiProblem && error.status === 404)
    return "The demo has no accounts, and nothing to administer.";
  return messageOf(error);
}
