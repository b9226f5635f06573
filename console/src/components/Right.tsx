import type { ReactNode } from "react";

// Numbers in tables line up at their right.
export function Right({ children }: { children: ReactNode }) {
  return <div className="right">{children}</div>;
}
