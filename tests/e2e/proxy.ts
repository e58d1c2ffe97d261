/**
 * The network between browser and server, which a test controls. It can be cut (connections break, and new ones fail),
 * frozen (nothing passes and nothing breaks, as after pulling a cable), or well.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

export class Network {
  readonly url: string;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #state: "well" | "cut" | "frozen" = "well";

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async to(port: number): Promise<Network> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((next) => server.listen(0, "127.0.0.1", next));
    const address = server.address();
    if (typeof address !== "object" || !address) throw new Error("the proxy has no port");
    const network = new Network(server, address.port);
    server.on("connection", (browser) => network.#join(browser, port));
    return network;
  }

  #join(browser: Socket, port: number): void {
    if (this.#state === "cut") {
      browser.destroy();
      return;
    }
    const upstream = connect(port, "127.0.0.1");
    const pair = [browser, upstream] as const;
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      browser.destroy();
      upstream.destroy();
    };
    for (const socket of pair) {
      socket.on("error", end);
      socket.on("close", end);
    }
    browser.on("data", (bytes) => upstream.write(bytes));
    upstream.on("data", (bytes) => browser.write(bytes));
    if (this.#state === "frozen") upstream.pause();
    else browser.resume();
  }

  cut(): void {
    this.#state = "cut";
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  freeze(): void {
    this.#state = "frozen";
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  heal(): void {
    this.#state = "well";
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((next) => this.#server.close(next));
  }
}
