import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";

import { Time } from "../../components/Time";
import { formatMoney, formatSize } from "../../format";
import { editResources as words } from "../../strings/services";
import type { Bucket } from "./resources";
import type { Choice } from "./selection";

export interface BucketRow extends Bucket {
  choices: readonly Choice[];
  classifyAll: boolean; // every choice of the bucket has it
  someClassifyAll: boolean;
  busy: boolean; // its snapshot is being taken
  failure: string | undefined; // why no snapshot of it could be taken
  cost: number; // to sort by
}

// What is chosen already can be given up, whatever became of its bucket.
export function isUnusable(row: BucketRow): boolean {
  return row.problem !== undefined && row.choices.length === 0;
}

interface Actions {
  onClassifyAll: (bucket: string, checked: boolean) => void;
  onPrefixes: (bucket: string) => void;
}

// Greyed out until Classify all is checked.
function Figure({ row, children }: { row: BucketRow; children: ReactNode }) {
  const counts = row.classifyAll || row.someClassifyAll;
  return <Box color={counts ? "inherit" : "text-status-inactive"}>{children}</Box>;
}

function Snapshot({ row }: { row: BucketRow }) {
  if (row.busy) return <Spinner />;
  const problem = row.problem ?? row.failure;
  if (problem) {
    return (
      <StatusIndicator type="error">
        {words.unusable}: {problem}
      </StatusIndicator>
    );
  }
  return <Time value={row.snapshotTime} none={words.noSnapshot} />;
}

function prefixText(row: BucketRow): string {
  if (row.choices.length === 0) return words.notSelected;
  return row.choices.map((choice) => choice.prefix || words.wholeBucket).join(", ");
}

const figure = (value: number | undefined, format: (value: number) => string) =>
  value === undefined ? "-" : format(value);

export function bucketColumns({ onClassifyAll, onPrefixes }: Actions): TableProps.ColumnDefinition<BucketRow>[] {
  return [
    { id: "bucket", header: words.bucket, cell: (row) => row.bucketName, sortingField: "bucketName", isRowHeader: true },
    {
      id: "prefixes",
      header: words.prefixes,
      cell: (row) => (
        <>
          {prefixText(row)}{" "}
          <Button
            variant="inline-icon"
            iconName="folder-open"
            ariaLabel={words.choosePrefixesLabel(row.bucketName)}
            disabled={isUnusable(row)}
            onClick={() => onPrefixes(row.bucketName)}
          />
        </>
      ),
    },
    {
      id: "classifyAll",
      header: words.classifyAll,
      cell: (row) => (
        <Checkbox
          checked={row.classifyAll}
          disabled={isUnusable(row)}
          indeterminate={!row.classifyAll && row.someClassifyAll}
          ariaLabel={words.classifyAllLabel(row.bucketName)}
          onChange={({ detail }) => onClassifyAll(row.bucketName, detail.checked)}
        />
      ),
    },
    {
      id: "totalSize",
      header: words.totalSize,
      cell: (row) => <Figure row={row}>{figure(row.totalSize, formatSize)}</Figure>,
      sortingField: "totalSize",
    },
    {
      id: "totalProcessed",
      header: words.totalProcessed,
      cell: (row) => <Figure row={row}>{figure(row.totalProcessed, formatSize)}</Figure>,
    },
    {
      id: "totalCost",
      header: words.totalCost,
      cell: (row) => (
        <Figure row={row}>{row.totalCostEstimate === undefined ? "-" : formatMoney(row.totalCostEstimate)}</Figure>
      ),
      sortingField: "cost",
    },
    { id: "snapshot", header: words.snapshot, cell: (row) => <Snapshot row={row} />, sortingField: "snapshotTime" },
  ];
}
