/** Everybody's accounts, sessions and tokens, for administrators: `/api/people`. */

import { api } from "../../api.ts";
import { z } from "../../zod.ts";
import { type Session, Sessions, Token, Tokens } from "../account/session.ts";

/** A line's id, or `*` for the whole plant, to a role. */
export type Grants = Readonly<Record<string, string>>;

const Person = z.object({
  name: z.string(),
  grants: z.record(z.string(), z.string()),
  comesBy: z.enum(["password", "openid", "link"]),
  isDisabled: z.boolean(),
  isMe: z.boolean(),
  createdAt: z.number(),
  signedInAt: z.number().nullable(),
});
const LinkMade = z.object({ name: z.string(), link: z.string().nullable() });

export type Person = z.infer<typeof Person>;
export type LinkMade = z.infer<typeof LinkMade>;

const of = (name: string): string => `/api/people/${encodeURIComponent(name)}`;

export const fetchPeople = (): Promise<Person[]> => api.askFor(z.array(Person), "/api/people");

export const addPerson = (name: string, grants: Grants): Promise<LinkMade> =>
  api.askFor(LinkMade, "/api/people", { method: "POST", json: { name, grants } });

export const makeLink = (name: string): Promise<LinkMade> =>
  api.askFor(LinkMade, `${of(name)}/link`, { method: "POST" });

export async function grant(name: string, grants: Grants): Promise<void> {
  await api.ask(`${of(name)}/grants`, { method: "PUT", json: { grants } });
}

export async function setDisabled(name: string, isDisabled: boolean): Promise<void> {
  await api.ask(`${of(name)}/${isDisabled ? "disable" : "enable"}`, { method: "POST" });
}

export const fetchSessionsOf = (name: string): Promise<Session[]> =>
  api.askFor(Sessions, `${of(name)}/sessions`);

export async function endSessionOf(name: string, id: string): Promise<void> {
  await api.ask(`${of(name)}/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export async function endSessionsOf(name: string): Promise<void> {
  await api.ask(`${of(name)}/sessions`, { method: "DELETE" });
}

export const fetchTokensOf = (name: string): Promise<Token[]> => api.askFor(Tokens, `${of(name)}/tokens`);

export const createTokenOf = (name: string, program: string, role: string): Promise<Token> =>
  api.askFor(Token, `${of(name)}/tokens`, { method: "POST", json: { name: program, role } });

export async function revokeTokenOf(name: string, id: string): Promise<void> {
  await api.ask(`${of(name)}/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
}
