/**
 * The current person, and how to sign in: `/api/session` and similar. The session itself is a cookie that no script
 * sees.
 */

import { api } from "../../api.ts";
import { z } from "../../zod.ts";

const Me = z.object({ name: z.string(), role: z.string(), grants: z.record(z.string(), z.string()) });
const SessionInfo = z.object({ user: Me.nullable(), needsSetUp: z.boolean(), openId: z.string().nullable() });
const LinkFor = z.object({ name: z.string().nullable(), expiresAt: z.number() });
export const Session = z.object({
  id: z.string(),
  address: z.string(),
  agent: z.string(),
  createdAt: z.number(),
  seenAt: z.number(),
  isThis: z.boolean(),
});
export const Token = z.object({
  id: z.string(),
  name: z.string(),
  grants: z.record(z.string(), z.string()),
  createdAt: z.number(),
  expiresAt: z.number(),
  seenAt: z.number().nullish(),
  token: z.string().nullish(),
});

export const Sessions = z.array(Session);
export const Tokens = z.array(Token);

export type Me = z.infer<typeof Me>;
export type SessionInfo = z.infer<typeof SessionInfo>;
export type LinkFor = z.infer<typeof LinkFor>;
export type Session = z.infer<typeof Session>;
export type Token = z.infer<typeof Token>;

export const fetchSessionInfo = (signal: AbortSignal): Promise<SessionInfo> =>
  api.askFor(SessionInfo, "/api/session", { signal });

export const signIn = (name: string, password: string): Promise<Me> =>
  api.askFor(Me, "/api/session", { method: "POST", json: { name, password } });

export const readLink = (secret: string): Promise<LinkFor> =>
  api.askFor(LinkFor, "/api/invite", { method: "POST", json: { secret } });

export const takeLink = (secret: string, name: string, password: string): Promise<Me> =>
  api.askFor(Me, "/api/invite", { method: "PUT", json: { secret, name, password } });

export const fetchSessions = (): Promise<Session[]> => api.askFor(Sessions, "/api/sessions");
export const fetchTokens = (): Promise<Token[]> => api.askFor(Tokens, "/api/tokens");

export const createToken = (name: string, role: string): Promise<Token> =>
  api.askFor(Token, "/api/tokens", { method: "POST", json: { name, role } });

export async function signOut(): Promise<void> {
  await api.ask("/api/session", { method: "DELETE" });
}

export async function signOutEverywhere(): Promise<void> {
  await api.ask("/api/sessions", { method: "DELETE" });
}

export async function endSession(id: string): Promise<void> {
  await api.ask(`/api/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export async function revokeToken(id: string): Promise<void> {
  await api.ask(`/api/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
}
