import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useCollection } from "@cloudscape-design/collection-hooks";
import { useMemo } from "react";

import { formatCount } from "../../format";
import { objectPage as words } from "../../strings/objects";
import type { Detection, ObjectRecord, Occurrence } from "./objectRecord";
import { occurrencePlace } from "./occurrencePlace";

const kPageSize = 25;
const kHashShown = 8;
const names = words.detectionColumns;

interface Row {
  id: string;
  detection: Detection;
  occurrence: Occurrence | undefined; // none when only counted
}

function rowsOf(detections: Detection[]): Row[] {
  return detections.flatMap((detection) => {
    const seen: (Occurrence | undefined)[] = detection.occurrences.length ? detection.occurrences : [undefined];
    return seen.map((occurrence, index) => ({ id: `${detection.id} ${index}`, detection, occurrence }));
  });
}

function What({ detection }: { detection: Detection }) {
  const shown = detection.occurrences.length;
  return (
    <>
      {detection.name ?? detection.id}
      {shown < detection.count && (
        <Box variant="small" display="block">
          {words.shown(shown, detection.count)}
        </Box>
      )}
    </>
  );
}

const kColumns: TableProps.ColumnDefinition<Row>[] = [
  { id: "name", header: names.name, isRowHeader: true, cell: (row) => <What detection={row.detection} /> },
  { id: "category", header: names.category, cell: (row) => row.detection.category ?? "" },
  { id: "place", header: names.place, cell: (row) => (row.occurrence ? occurrencePlace(row.occurrence) : "-") },
  {
    id: "value",
    header: names.value,
    cell: (row) => (row.occurrence?.redacted ? <Box variant="code">{row.occurrence.redacted}</Box> : "-"),
  },
  {
    id: "hash",
    header: names.hash,
    cell: (row) => <span title={words.hashHint}>{row.occurrence?.hash?.slice(0, kHashShown) ?? "-"}</span>,
  },
];

export function DetectionsTable({ record }: { record: ObjectRecord }) {
  const detections = useMemo(() => record.detections ?? [], [record]);
  const rows = useMemo(() => rowsOf(detections), [detections]);
  const { items, collectionProps, paginationProps } = useCollection(rows, { pagination: { pageSize: kPageSize } });
  if (record.outcome !== "classified") return null;
  const all = detections.reduce((sum, detection) => sum + detection.count, 0);
  return (
    <Table
      {...collectionProps}
      items={items}
      columnDefinitions={kColumns}
      trackBy="id"
      ariaLabels={{ tableLabel: words.detections }}
      wrapLines
      header={
        <Header variant="h2" counter={`(${formatCount(all)})`}>
          {words.detections}
        </Header>
      }
      pagination={rows.length > kPageSize && <Pagination {...paginationProps} />}
      empty={words.noDetections}
    />
  );
}
