/** The board's server: the one that served this page. */
import { layerSentence } from "./format/sentences.ts";
import { Api, messageOf as messageInEnglish } from "./session/api.ts";
import { languageNow } from "./texts/catalogue.ts";

export { ApiProblem } from "./session/api.ts";

/** An error as a sentence for people, in the page's language. */
export function messageOf(error: unknown): string {
  const sentence = messageInEnglish(error);
  return error instanceof Error && error.name === "ZodError"
    ? layerSentence("not-understood", sentence)
    : sentence;
}

/** In the demo, the page's address names the person; otherwise the session's cookie does. */
function demoPerson(): { user: string | null; role: string | null } {
  const params = new URLSearchParams(window.location.search);
  return { user: params.get("user"), role: params.get("role") };
}

export const api = new Api({
  say: layerSentence,
  headers: () => {
    const { user, role } = demoPerson();
    return {
      "Accept-Language": languageNow() === "pseudo" ? "en" : languageNow(),
      ...(user ? { "X-Demo-User": user } : {}),
      ...(role ? { "X-Demo-Role": role } : {}),
    };
  },
  query: () => {
    const { user, role } = demoPerson();
    return { ...(user ? { user } : {}), ...(role ? { role } : {}) };
  },
});
