/** What the main job needs from a browser, for any driver protocol. */
import { patient } from "../patience.ts";

export interface Engine {
  open(url: string): Promise<void>;
  /** Runs a function in the page. Arguments and result are JSON. */
  run<Args extends unknown[], Answer>(code: (...args: Args) => Answer, ...args: Args): Promise<Answer>;
  /** Clicks at the element's middle, with a real mouse event. */
  click(selector: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 50;

/** Waits until the function returns something true in the page, and returns it. */
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
