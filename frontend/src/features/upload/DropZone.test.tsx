// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { mount } from "../../testing/mount.tsx";
import { DropZone } from "./DropZone.tsx";

const { openFile, warning } = vi.hoisted(() => ({ openFile: vi.fn(), warning: vi.fn() }));
vi.mock("./workbook.ts", () => ({ openFile, openCells: vi.fn() }));
vi.mock("../../ui/toast.ts", () => ({ toast: { warning } }));
afterEach(() => vi.clearAllMocks());

function drop(files: readonly File[], isDirectory = false): void {
  const event = new Event("drop", { cancelable: true });
  const items = files.map(() => ({ webkitGetAsEntry: () => ({ isDirectory }) }));
  Object.assign(event, { dataTransfer: { types: ["Files"], files, items } });
  window.dispatchEvent(event);
}

const FILE = new File(["x"], "plan.xlsx");

test("a dropped file is opened", () => {
  mount(<DropZone />);
  drop([FILE]);
  expect(openFile).toHaveBeenCalledOnce();
  expect(warning).not.toHaveBeenCalled();
});

test("the page reads neither of two dropped files, and says so", () => {
  mount(<DropZone />);
  drop([FILE, FILE]);
  expect(openFile).not.toHaveBeenCalled();
  expect(warning).toHaveBeenCalledWith("2 files were dropped, and none was read: drop one at a time.");
});

test("a folder is refused", () => {
  mount(<DropZone />);
  drop([FILE], true);
  expect(openFile).not.toHaveBeenCalled();
  expect(warning).toHaveBeenCalledWith("That is a folder: drop the workbook itself.");
});
