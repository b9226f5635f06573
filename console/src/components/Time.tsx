import { formatTime, formatUtc } from "../format";
import { common } from "../strings/common";

// A time in the viewer's zone; UTC when pointed at.
export function Time({ value, none = common.never }: { value: string | undefined; none?: string }) {
  if (!value) return <>{none}</>;
  return (
    <time dateTime={value} title={formatUtc(value)}>
      {formatTime(value)}
    </time>
  );
}
