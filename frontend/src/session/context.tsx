/** Gives a session to the components below it. */
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { MachineStoreContext } from "../store/machine/index.ts";
import { Session, type SessionOptions } from "./session.ts";

const SessionContext = createContext<Session | null>(null);

/** The plant, the server, and what your application does with notices. */
export interface SetpointProviderProps extends SessionOptions {
  readonly children: ReactNode;
}

/**
 * Opens a session for as long as it is mounted, and a new one for another server or kind of page. The children are
 * mounted once it is open. A new plant is that of the same server, read again (PLANT-1): the session continues.
 */
export function SetpointProvider({
  plant,
  api,
  isKiosk = false,
  onNotice,
  onAgain,
  open,
  children,
}: SetpointProviderProps) {
  const [session, setSession] = useState<Session | null>(null);
  const latest = useRef({ plant, onNotice, onAgain, open });
  latest.current = { plant, onNotice, onAgain, open };
  useEffect(() => {
    const { plant: first, open: opener } = latest.current;
    const opened = new Session({
      plant: first,
      isKiosk,
      onAgain: () => latest.current.onAgain?.(),
      onNotice: (notice, from) => latest.current.onNotice?.(notice, from),
      ...(api ? { api } : {}),
      ...(opener ? { open: opener } : {}),
    });
    setSession(opened);
    return () => {
      setSession(null);
      opened.close();
    };
  }, [api, isKiosk]);
  useEffect(() => session?.changePlant(plant), [session, plant]);
  if (!session) return null;
  return (
    <SessionContext.Provider value={session}>
      <MachineStoreContext.Provider value={session.store}>{children}</MachineStoreContext.Provider>
    </SessionContext.Provider>
  );
}

/** The session that the component lives in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("expected a SetpointProvider around this component, but there is none");
  return session;
}
