import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { exposure as words } from "../strings/buckets";

// Whether the world can: "true", "false" or "unknown", as the service says it.
export function ExposureLabel({ value }: { value: string | undefined }) {
  if (value === "true") return <StatusIndicator type="warning">{words.yes}</StatusIndicator>;
  if (value === "false") return <StatusIndicator type="success">{words.no}</StatusIndicator>;
  return <StatusIndicator type="info">{words.unknown}</StatusIndicator>;
}
