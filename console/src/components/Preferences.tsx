// What a viewer chose for this browser: theme and region. Kept in local storage, which may be absent.
import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

interface Preferences {
  dark: boolean;
  setDark: (dark: boolean) => void;
  region: string; // "" = the home region
  setRegion: (region: string) => void;
}

const Context = createContext<Preferences | null>(null);

function read(name: string): string | null {
  try {
    return window.localStorage.getItem(`assay.${name}`);
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    window.localStorage.setItem(`assay.${name}`, value);
  } catch {
    // A browser that keeps nothing shows the defaults next time.
  }
}

function startsDark(): boolean {
  const kept = read("theme");
  return kept ? kept === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [dark, setDark] = useState(startsDark);
  const [region, setRegion] = useState(() => read("region") ?? "");
  useEffect(() => applyMode(dark ? Mode.Dark : Mode.Light), [dark]);

  const value = useMemo<Preferences>(
    () => ({
      dark,
      setDark: (next) => {
        keep("theme", next ? "dark" : "light");
        setDark(next);
      },
      region,
      setRegion: (next) => {
        keep("region", next);
        setRegion(next);
      },
    }),
    [dark, region],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePreferences(): Preferences {
  const value = useContext(Context);
  if (!value) throw new Error("usePreferences outside PreferencesProvider");
  return value;
}
