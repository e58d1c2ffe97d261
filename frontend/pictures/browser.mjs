/** The browser and the demo plant of the pictures. */
import { existsSync } from "node:fs";
import { utils, write } from "@e965/xlsx";
import { chromium } from "@playwright/test";

const SYSTEM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** On a busy machine a picture takes long. */
export const PATIENCE_MS = 180_000;

export async function launch() {
  const executablePath = process.env.SETPOINT_CHROMIUM ?? SYSTEM.find((path) => existsSync(path));
  return chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ["--no-sandbox"] });
}

/** A demo server (`setpoint demo`) as one of its people. */
export class Demo {
  constructor(url, user = "anna") {
    this.url = url;
    this.user = user;
  }

  async ask(path, json) {
    const answer = await fetch(this.url + path, {
      method: json ? "POST" : "GET",
      headers: { "X-Demo-User": this.user, "content-type": "application/json" },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : JSON.parse((await answer.text()) || "null");
  }

  simulate(machine, what) {
    return this.ask("/api/simulator/events", { machine, ...what });
  }

  /** The keys of a line's machines, by the line's index in the plant. */
  async machines(line = 0) {
    const plant = await this.ask("/api/plant");
    return plant.lines[line].machines.map(({ key }) => key);
  }

  /** Sends a batch past the board. Returns its txId. */
  async change(updates) {
    const txId = crypto.randomUUID();
    await this.ask("/api/batches", { txId, updates });
    return txId;
  }
}

export function workbook(rows) {
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows), "Targets");
  return {
    name: "night-shift.xlsx",
    mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    buffer: Buffer.from(write(book, { type: "buffer", bookType: "xlsx" })),
  };
}

/** A planner's file with changes, a large change, a value out of range, and an unknown machine. */
export function planned(machines) {
  const id = (place) => machines[place].replace("_", ":");
  return workbook([
    ["Machine ID", "Target Speed", "Mode"],
    [id(0), 1250, null],
    [id(1), 1100, null],
    [id(2), 2950, null],
    [id(3), 3500, null],
    ["m:99999", 900, null],
    [id(5), 1500, "RUN"],
  ]);
}
