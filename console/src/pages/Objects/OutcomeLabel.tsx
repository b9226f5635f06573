import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

import { objects as words, outcomes } from "../../strings/objects";
import type { ObjectRecord } from "./objectRecord";

const kTypes: Record<string, StatusIndicatorProps.Type> = {
  classified: "success",
  skipped: "stopped",
  failed: "error",
};

// What became of an object, and why when it is not (all) classified.
export function OutcomeLabel({ record }: { record: Pick<ObjectRecord, "outcome" | "reason" | "status"> }) {
  const partial = record.status === "PARTIAL" ? words.partial : "";
  const detail = record.reason || partial;
  return (
    <StatusIndicator type={partial ? "warning" : (kTypes[record.outcome] ?? "info")}>
      {outcomes[record.outcome] ?? record.outcome}
      {detail && ` (${detail})`}
    </StatusIndicator>
  );
}
