// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { decodeUp, type Up } from "../contract/index.ts";
import { SetpointProvider } from "../session/context.tsx";
import { PLANT, Wire } from "../testing/mount.tsx";
import { useLiveSocket } from "./useLiveSocket.ts";

class WireWithEars extends Wire {
  readonly received: Up[] = [];

  override send(text: unknown): void {
    this.received.push(decodeUp(String(text)));
    super.send(text);
  }
}

function Line({ line }: { line: string }) {
  const { state } = useLiveSocket([`line:${line}`, "m:401"]);
  return <output>{state}</output>;
}

function Page({ wire, line }: { wire: Wire; line: string | null }) {
  return (
    <SetpointProvider plant={PLANT} open={() => wire}>
      {line && <Line line={line} />}
    </SetpointProvider>
  );
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("subscribes while a component is mounted, once however often it renders, and says how the connection is", () => {
  const wire = new WireWithEars({});
  const topics = (type: "subscribe" | "unsubscribe") =>
    wire.received.flatMap((up) => (up.type === type ? [up.topic] : [])).sort();
  const { rerender } = render(<Page wire={wire} line="01" />);
  expect(screen.getByRole("status").textContent).toBe("CONNECTING");
  act(() => wire.greet());
  expect(screen.getByRole("status").textContent).toBe("CONNECTED");
  expect(topics("subscribe")).toEqual(["dashboard:global", "line:01", "m:401"]);
  rerender(<Page wire={wire} line="01" />);
  rerender(<Page wire={wire} line="02" />);
  act(() => vi.advanceTimersByTime(5_000));
  expect(topics("subscribe")).toEqual(["dashboard:global", "line:01", "line:02", "m:401"]);
  expect(topics("unsubscribe")).toEqual(["line:01"]);
  rerender(<Page wire={wire} line={null} />);
  act(() => vi.advanceTimersByTime(5_000));
  expect(topics("unsubscribe")).toEqual(["line:01", "line:02", "m:401"]);
});
