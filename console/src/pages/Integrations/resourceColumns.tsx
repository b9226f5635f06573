import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";

import { Time } from "../../components/Time";
import { formatCount } from "../../format";
import { services as words } from "../../strings/services";
import type { Resource } from "./resources";

export interface Row extends Resource {
  id: string;
  objectCount: number | undefined; // of the bucket; undefined without a snapshot
  withOutcome: number; // objects of the bucket that have an outcome
}

const kIndicators: Record<Resource["state"], StatusIndicatorProps.Type> = {
  monitored: "success",
  classifying: "in-progress",
  "quota-reached": "warning",
  blocked: "error",
};

function State({ row }: { row: Row }) {
  return (
    <>
      <StatusIndicator type={kIndicators[row.state]}>{words.states[row.state]}</StatusIndicator>
      {row.lastError && <div>{row.lastError}</div>}
    </>
  );
}

// Outcomes are counted by bucket; a bucket that grew since its snapshot is not more than done.
function Progress({ row }: { row: Row }) {
  const done = formatCount(row.withOutcome);
  if (row.oneTime !== "FULL" || !row.objectCount) return <>{words.progressUnknown(done)}</>;
  return (
    <ProgressBar
      ariaLabel={words.progress}
      value={Math.min(100, Math.floor((100 * row.withOutcome) / row.objectCount))}
      additionalInfo={words.progressText(done, formatCount(row.objectCount))}
    />
  );
}

function Existing({ row }: { row: Row }) {
  if (row.oneTime !== "FULL") return <>{words.newOnly}</>;
  if (!row.oneTimeDoneAt) return <>{words.classifyAll}</>;
  return (
    <>
      {words.classifyAllDone} <Time value={row.oneTimeDoneAt} />
    </>
  );
}

export const resourceColumns: TableProps.ColumnDefinition<Row>[] = [
  { id: "bucket", header: words.bucket, cell: (row) => row.bucketName, sortingField: "bucketName", isRowHeader: true },
  { id: "prefix", header: words.prefix, cell: (row) => row.prefix || words.wholeBucket, sortingField: "prefix" },
  { id: "state", header: words.state, cell: (row) => <State row={row} />, sortingField: "state", minWidth: 150 },
  { id: "existing", header: words.existing, cell: (row) => <Existing row={row} /> },
  { id: "progress", header: words.progress, cell: (row) => <Progress row={row} />, minWidth: 190 },
  { id: "since", header: words.since, cell: (row) => <Time value={row.associatedAt} />, sortingField: "associatedAt" },
];
