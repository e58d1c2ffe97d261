// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";
import { Dialog } from "./Dialog.tsx";

afterEach(cleanup);

/** A list that removes its finished rows, as the list of alarms removes an acknowledged alarm that is over. */
function List({ names }: { names: readonly string[] }) {
  const [left, setLeft] = useState(names);
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <main id="main" tabIndex={-1}>
      <ul>
        {left.map((name) => (
          <li key={name}>
            <button type="button" onClick={() => setOpened(name)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
      {opened && (
        <Dialog title={opened} onClose={() => setOpened(null)}>
          <button type="button" onClick={() => setLeft(left.filter((name) => name !== opened))}>
            Done
          </button>
          <button type="button" onClick={() => setOpened(null)}>
            Close
          </button>
          <button
            type="button"
            onClick={() => {
              setOpened(null);
              setTimeout(() => setLeft(left.filter((name) => name !== opened)));
            }}
          >
            Done, and the list hears of it later
          </button>
        </Dialog>
      )}
    </main>
  );
}

function press(name: string): void {
  const button = screen.getByRole("button", { name });
  button.focus();
  fireEvent.click(button);
}

const focused = () => document.activeElement?.id || document.activeElement?.textContent;

test("the focus returns to the element that opened a dialog, or to the next row, or to the page if no row is left", () => {
  render(<List names={["one", "two"]} />);
  press("one");
  press("Close");
  expect(focused()).toBe("one");
  press("one");
  press("Done");
  press("Close");
  expect(focused()).toBe("two");
  press("two");
  press("Done");
  press("Close");
  expect(focused()).toBe("main");
});

test("if the opening element disappears later, the focus moves to the next row, unless the person has moved it", async () => {
  render(<List names={["one", "two", "three"]} />);
  press("one");
  press("Done, and the list hears of it later");
  expect(focused()).toBe("one");
  await waitFor(() => expect(focused()).toBe("two"));
  press("two");
  press("Done, and the list hears of it later");
  screen.getByRole("button", { name: "three" }).focus();
  await waitFor(() => expect(screen.queryByRole("button", { name: "two" })).toBeNull());
  expect(focused()).toBe("three");
});
