/** The board's server: the one that the page came from. */
import { Api } from "./session/api.ts";

export { ApiProblem, messageOf } from "./session/api.ts";

/** In the demo a person is whoever the page's address says; elsewhere the session's cookie tells. */
function demoPerson(): { user: string | null; role: string | null } {
  const params = new URLSearchParams(window.location.search);
  return { user: params.get("user"), role: params.get("role") };
}

export const api = new Api({
  headers: () => {
    const { user, role } = demoPerson();
    return { ...(user ? { "X-Demo-User": user } : {}), ...(role ? { "X-Demo-Role": role } : {}) };
  },
  query: () => {
    const { user, role } = demoPerson();
    return { ...(user ? { user } : {}), ...(role ? { role } : {}) };
  },
});
