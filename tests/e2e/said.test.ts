/** Reasons in German, from the machine's source to the screen. Each carries its code (SAY-1, SAY-2). */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { expect, test } from "./board.ts";
import { ServeServer } from "./serve.ts";

const READ = 3;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;
const SPEED = 20;
/** Status, set-point and speed by the address of their holding registers. */
const HOLDING: Readonly<Record<number, number>> = { 0: 1, 10: 100, [SPEED]: 99 };

/** Devices behind a Modbus gateway: unit 1 has no speed, and every unit refuses writes. */
function answerOf(unit: number, pdu: Buffer): Buffer {
  const code = pdu.readUInt8(0);
  if (code !== READ) return Buffer.from([code | 0x80, ILLEGAL_VALUE]);
  const start = pdu.readUInt16BE(1);
  const count = pdu.readUInt16BE(3);
  if (unit === 1 && start <= SPEED && SPEED < start + count)
    return Buffer.from([code | 0x80, ILLEGAL_ADDRESS]);
  const data = Buffer.alloc(2 * count);
  for (let at = 0; at < count; at += 1) data.writeUInt16BE(HOLDING[start + at] ?? 0, 2 * at);
  return Buffer.concat([Buffer.from([code, data.length]), data]);
}

/** Answers each complete frame of a connection. */
function serve(socket: Socket): void {
  let came = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    came = Buffer.concat([came, chunk]);
    while (came.length >= 7 && came.length >= 6 + came.readUInt16BE(4)) {
      const length = 6 + came.readUInt16BE(4);
      const head = Buffer.from(came.subarray(0, 7));
      const answer = answerOf(head.readUInt8(6), came.subarray(7, length));
      head.writeUInt16BE(1 + answer.length, 4);
      socket.write(Buffer.concat([head, answer]));
      came = came.subarray(length);
    }
  });
}

const plant = (port: number) => `name = "Hall"
[fields.speed]
unit = "rpm"
[fields.targetSpeed]
label = "Drehzahl"
unit = "rpm"
min = 0
max = 3000
writable = true
actual = "speed"
[sources.hall]
kind = "modbus"
host = "127.0.0.1"
port = ${port}
unit = "{unit}"
[sources.hall.fields]
speed = { holding = ${SPEED} }
targetSpeed = { holding = 10 }
[sources.hall.status]
state = { holding = 0 }
map = { 1 = "RUNNING" }
[[lines]]
id = "01"
source = "hall"
machines = [{ id = 401, unit = 1 }, { id = 402, unit = 2 }]`;

let gateway: Server;
let server: ServeServer;

test.beforeAll(async () => {
  gateway = createServer(serve).listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const address = gateway.address();
  if (address === null || typeof address === "string") throw new Error("the gateway has no port");
  server = await ServeServer.start(plant(address.port));
});
test.afterAll(async () => {
  await server.stop();
  gateway.close();
});

test("a German board says in German why a machine's quality is not good, and why it refused a target [SAY-1, SAY-2]", async ({
  page,
}) => {
  await page.goto(server.firstLink);
  await page.getByLabel("Your name").fill("boss");
  await page.getByLabel("Password", { exact: true }).fill("nine green lathes");
  await page.getByLabel("Password again").fill("nine green lathes");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();

  await page.goto(`${server.url}/machines/m:401?lang=de`);
  const doubt = page.locator("p.doubt");
  await expect(doubt).toContainText(
    "speed: Gerät 1 sagt: unzulässige Adresse: das Gerät hat kein solches Register",
  );
  await expect(doubt).not.toContainText("illegal");

  await page.goto(`${server.url}/lines/01?lang=de`);
  await page.locator('[data-tile="m_402"]').press("Enter");
  await page.getByLabel("Drehzahl").fill("105");
  await page.keyboard.press("Enter");
  const answer =
    "Nicht übernommen. Die Antwort: „Gerät 2 sagt: unzulässiger Wert: das Gerät nimmt diesen Wert nicht";
  await expect(page.locator("[data-sonner-toast]")).toContainText(answer);
  await expect(page.locator('[data-machine="m_402"] .tile-note')).toContainText("Gerät 2 sagt");

  await page.goto(`${server.url}/events?lang=de`);
  await expect(page.getByRole("table")).toContainText(answer);
});
