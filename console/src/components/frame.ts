import { createContext, useContext } from "react";

import type { ApiError } from "../api/client";

export interface Crumb {
  text: string;
  href: string;
}

export interface Message {
  type: "success" | "error" | "warning" | "info";
  header?: string;
  content: string;
}

// What a page may change in the frame around it.
export interface Frame {
  setCrumbs: (crumbs: Crumb[]) => void;
  flash: (message: Message) => void;
}

export const FrameContext = createContext<Frame | null>(null);

export function useFrame(): Frame {
  const value = useContext(FrameContext);
  if (!value) throw new Error("useFrame outside the Shell");
  return value;
}

// flash(message) shows what came of an action above the page.
export function useFlash(): Frame["flash"] {
  return useFrame().flash;
}

// The message for an action that the service refused.
export function refusal(header: string, error: ApiError): Message {
  return { type: "error", header, content: [error.message, error.remedy].filter(Boolean).join(" ") };
}
