// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { type Column, VirtualTable } from "./VirtualTable.tsx";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

interface Row {
  readonly key: string;
  readonly text: string;
}

test("only the rows that changed are rendered again, and the head is computed from all rows", () => {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  const rendered: string[] = [];
  const columns: Column<Row>[] = [
    {
      name: "text",
      label: (rows) => `${rows.length} rows`,
      cell: ({ key, text }) => {
        rendered.push(key);
        return text;
      },
    },
  ];
  const table = (rows: readonly Row[]) => (
    <VirtualTable label="Rows" columns={columns} rows={rows} keyOf={({ key }) => key} />
  );
  const rows = ["a", "b", "c"].map((key) => ({ key, text: `${key} before` }));
  const { container, rerender } = render(table(rows));
  expect(rendered).toEqual(["a", "b", "c"]);
  expect(container.querySelector("thead")?.textContent).toBe("3 rows");
  rendered.length = 0;
  rerender(table([...rows.slice(0, 2), { key: "c", text: "c after" }, { key: "d", text: "d" }]));
  expect(rendered).toEqual(["c", "d"]);
  expect(container.querySelector("thead")?.textContent).toBe("4 rows");
  expect(container.querySelector("tbody")?.textContent).toBe("a beforeb beforec afterd");
});
