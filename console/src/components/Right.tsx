import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";

// Numbers in tables line up at their right.
export function Right({ children }: { children: ReactNode }) {
  return <Box textAlign="right">{children}</Box>;
}
