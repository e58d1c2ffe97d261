// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { ConnectionBadge, DisconnectedBar } from "./Header.tsx";

const TOPICS = ["line:01"];

function Frame() {
  useTopics(TOPICS);
  return (
    <>
      <ConnectionBadge />
      <DisconnectedBar />
    </>
  );
}

test("a revoked session is explained in whole sentences", () => {
  const wire = mount(<Frame />, { m_401: RUNNING });
  wire.end(4401, "your session has ended");
  const words = screen.getByRole("alert").textContent ?? "";
  expect(words).toMatch(/^Your session has ended\. Shown: what was known at [^.]+ ago\. /);
  expect(screen.getByRole("button", { name: "Load the page again" })).toBeTruthy();
});

test("while the connection is lost the header says what is shown, how old it is, and that the page tries again", () => {
  const wire = mount(<Frame />, { m_401: RUNNING });
  expect(screen.queryByRole("alert")).toBeNull();
  wire.end();
  expect(screen.getByRole("alert").textContent).toMatch(/Trying again/);
  expect(screen.queryByRole("button")).toBeNull();
});
