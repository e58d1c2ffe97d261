/**
 * HTTP in one place: identity, refusals, lost connections.
 *
 * Each answer is checked by its schema here. A refusal (RFC 9457) is thrown as `ApiProblem`, and a missing answer as
 * `NoAnswer`; the two differ in what a person can do next.
 */
import type { z } from "../zod.ts";

/** The server refused: `kind` is the stable code of the problem, `message` a sentence for people. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  /** The stable name of the problem, the last part of its `type`. */
  readonly kind: string;
  /** The problem as it came, for callers that know its further keys. */
  readonly body: unknown;

  constructor(status: number, kind: string, message: string, body: unknown) {
    super(message);
    this.status = status;
    this.kind = kind;
    this.body = body;
  }
}

/** No answer came: nobody knows whether the request arrived. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly json?: unknown;
  readonly file?: Blob;
  readonly signal?: AbortSignal;
}

/** Where the server is, and what goes with every request. */
export interface ApiOptions {
  /** The server's address without a slash at the end; by default the page's own origin. */
  readonly url?: string;
  /** Sent with every request, for example `Authorization`; called anew each time. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** Put into the address of the WebSocket, which takes no headers. */
  readonly query?: () => Readonly<Record<string, string>>;
  /** Translates a sentence for people by its code, such as a problem's kind; by default it stays English. */
  readonly say?: Say;
}

export type Say = (
  code: string,
  sentence: string,
  args?: Readonly<Record<string, string | number>>,
) => string;

/** One server, used as one person. */
export class Api {
  readonly say: Say;
  readonly #url: string;
  readonly #headers: () => Readonly<Record<string, string>>;
  readonly #query: () => Readonly<Record<string, string>>;

  constructor({ url = "", headers = nothing, query = nothing, say = asItIs }: ApiOptions = {}) {
    this.say = say;
    this.#url = url;
    this.#headers = headers;
    this.#query = query;
  }

  /** Throws `ApiProblem` for a refusal, `NoAnswer` if no answer came, and the signal's reason once it is aborted. */
  async ask(path: string, { method = "GET", json, file, signal }: Ask = {}): Promise<Response> {
    const body = file ?? (json === undefined ? null : JSON.stringify(json));
    const type = json === undefined ? "application/octet-stream" : "application/json";
    let response: Response;
    try {
      response = await fetch(this.#url + path, {
        method,
        body,
        headers: { Accept: "application/json", ...this.#headers(), "Content-Type": type },
        ...(signal ? { signal } : {}),
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new NoAnswer(this.say("no-answer", "The server did not answer."), { cause });
    }
    if (!response.ok) throw await problemOf(response, this.say);
    return response;
  }

  /** The answer, checked by the schema. */
  async askFor<T>(schema: z.ZodType<T>, path: string, options: Ask = {}): Promise<T> {
    const response = await this.ask(path, options);
    return schema.parse(await response.json());
  }

  /** Downloads a file under the name that the server gave it. */
  async download(path: string, fallbackName: string, options: Ask = {}): Promise<void> {
    const response = await this.ask(path, options);
    const url = URL.createObjectURL(await response.blob());
    const link = document.createElement("a");
    link.href = url;
    link.download = nameIn(response.headers.get("Content-Disposition")) ?? fallbackName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /** The address of the WebSocket. */
  liveUrl(): URL {
    const url = new URL(`${this.#url}/live`, window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    for (const [name, value] of Object.entries(this.#query())) url.searchParams.set(name, value);
    return url;
  }
}

const nothing = () => ({});
const asItIs: Say = (_, sentence) => sentence;

function nameIn(disposition: string | null): string | null {
  const encoded = disposition?.match(/filename\*=(?:UTF-8|utf-8)''([^;]+)/)?.[1];
  if (encoded) return decodeURIComponent(encoded);
  return disposition?.match(/filename="?([^";]+)"?/)?.[1] ?? null;
}

async function problemOf(response: Response, say: Say): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  const text = (name: string): string => {
    const value = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
    return typeof value === "string" ? value : "";
  };
  const kind = text("type").split("/").at(-1) ?? "";
  const message = text("detail") || text("title") || `The server answered ${response.status}.`;
  return new ApiProblem(response.status, kind, say(kind, message, argumentsIn(body)), body);
}

/** The arguments of a problem's sentence, such as a limit: texts and whole numbers. */
function argumentsIn(body: unknown): Record<string, string | number> {
  const args: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "arguments") : null;
  const found: Record<string, string | number> = {};
  if (typeof args !== "object" || args === null) return found;
  for (const [name, value] of Object.entries(args)) {
    if (typeof value === "string" || typeof value === "number") found[name] = value;
  }
  return found;
}

/** An error as a sentence for people. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiProblem || error instanceof NoAnswer) return error.message;
  if (error instanceof Error && error.name === "ZodError")
    return "This page does not understand the server's answer. Reload the page.";
  return error instanceof Error ? error.message : String(error);
}
