// @vitest-environment happy-dom
import { waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { useLooks } from "./useLooks.ts";

const MACHINES = ["m_401"];
const TOPICS = ["line:01"];

test("a preview is painted before everything is looked at again, then only what changed", async () => {
  const look = vi.fn();
  function Rows() {
    useTopics(TOPICS);
    useLooks(MACHINES, look, false);
    return null;
  }
  const wire = mount(<Rows />, { m_401: RUNNING });
  expect(look).not.toHaveBeenCalled();
  await waitFor(() => expect(look.mock.calls).toEqual([[undefined]]));
  wire.report({ m_401: { status: "STOPPED" } });
  await waitFor(() => expect(look.mock.calls).toEqual([[undefined], [new Set(["m_401"])]]));
});
