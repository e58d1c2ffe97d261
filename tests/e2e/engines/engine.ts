/** What the main job needs of a browser, whatever protocol drives it. */
import { patient } from "../patience.ts";

export interface Engine {
  open(url: string): Promise<void>;
  /** Runs a function in the page; arguments and answer are JSON. */
  run<Args extends unknown[], Answer>(code: (...args: Args) => Answer, ...args: Args): Promise<Answer>;
  /** A real click at the element's middle. */
  click(selector: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 50;

/** Waits until the function says something true in the page; what it said. */
export async function until<Args extends unknown[], Answer>(
  engine: Engine,
  code: (...args: Args) => Answer,
  ...args: Args
): Promise<NonNullable<Answer>> {
  const deadline = Date.now() + patient(20_000);
  for (;;) {
    const answer = await engine.run(code, ...args);
    if (answer) return answer;
    if (Date.now() > deadline) {
      const text = await engine.run(() => document.body.innerText);
      throw new Error(`${code} never became true with ${JSON.stringify(args)}. The page says:\n${text}`);
    }
    await new Promise((next) => setTimeout(next, LOOK_EVERY_MS));
  }
}
