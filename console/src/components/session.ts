import { createContext, useContext } from "react";

import type { Session } from "../api/client";
import { usePreferences } from "./Preferences";

export interface SessionState {
  session: Session;
  refresh: () => Promise<void>; // asks the service again, as after Enable
}

export const SessionContext = createContext<SessionState | null>(null);

// The signed-in user. REQUIRES: below the Shell.
export function useSession(): SessionState {
  const value = useContext(SessionContext);
  if (!value) throw new Error("useSession outside the Shell");
  return value;
}

// The region that the viewer looks at.
export function useRegion(): string {
  const { session } = useSession();
  const { region } = usePreferences();
  return session.regions.includes(region) ? region : session.homeRegion;
}
