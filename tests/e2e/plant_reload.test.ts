import { expect, test } from "./board.ts";
import { ServeServer } from "./serve.ts";

const plant = (machines: number[], more = "") =>
  `name = "Reloaded"
[sources.simulator]
kind = "simulator"
stops = false
[[lines]]
id = "01"
machines = ${JSON.stringify(machines)}
${more}`;

let server: ServeServer;

test.beforeAll(async () => {
  server = await ServeServer.start(plant([401, 402]));
});
test.afterAll(async () => server.stop());

test("an open board follows a plant that changes, keeps its connection and what is typed [PLANT-1]", async ({
  page,
}) => {
  let sockets = 0;
  page.on("websocket", () => {
    sockets += 1;
  });
  await page.goto(server.firstLink);
  await page.getByLabel("Your name").fill("boss");
  await page.getByLabel("Password", { exact: true }).fill("nine green lathes");
  await page.getByLabel("Password again").fill("nine green lathes");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await page.goto(`${server.url}/lines/01`);
  const tile = (id: string) => page.getByRole("article").filter({ hasText: id });
  await expect(tile("m:402")).toBeVisible();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  const before = sockets;

  server.edit(plant([401, 403], '[[lines]]\nid = "02"\nmachines = [411]'));
  server.hangUp();
  await expect(tile("m:403")).toBeVisible();
  await expect(tile("m:403")).toContainText("Running");
  await expect(tile("m:402")).toHaveCount(0);
  await expect(page.getByRole("link", { name: /Line 02|02/ }).first()).toBeVisible();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  expect(sockets).toBe(before);
});
