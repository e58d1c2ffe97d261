// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { Suspense, useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { Boundary } from "../../ui/Boundary.tsx";
import { preloaded } from "../../ui/preloaded.tsx";
import { PageFailed } from "./PageFailed.tsx";

afterEach(cleanup);

test("a page whose code cannot be loaded says so, keeps the rest, and appears at the next try", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  let isAway = true;
  const Late = preloaded(async () => {
    if (isAway) throw new Error("the network is away");
    return () => <h1>Events</h1>;
  });
  function Around() {
    const [attempt, setAttempt] = useState(0);
    return (
      <>
        <p>EMERGENCY STOP m:402</p>
        <Boundary key={attempt} fallback={<PageFailed onAgain={() => setAttempt(attempt + 1)} />}>
          <Suspense>
            <Late />
          </Suspense>
        </Boundary>
      </>
    );
  }
  render(<Around />);
  expect(await screen.findByRole("heading", { name: "This page could not be loaded" })).toBeTruthy();
  expect(screen.getByText("EMERGENCY STOP m:402")).toBeTruthy();
  isAway = false;
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "Events" })).toBeTruthy();
});
