import Box from "@cloudscape-design/components/box";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";

import { Right } from "../../components/Right";
import { RouterLink } from "../../components/RouterLink";
import { Time } from "../../components/Time";
import { formatSize } from "../../format";
import { impacts, objects as words } from "../../strings/objects";
import type { ObjectOrder } from "./objectFilter";
import { bucketOf, objectLink, type ObjectRecord } from "./objectRecord";
import { OutcomeLabel } from "./OutcomeLabel";
import { RiskBadge } from "./RiskBadge";
import { foundInShort } from "./riskReasons";

type Column = TableProps.ColumnDefinition<ObjectRecord>;
const names = words.columns;

function Found({ record }: { record: ObjectRecord }) {
  const { names: found, more } = foundInShort(record);
  if (found.length === 0) return <>{record.content_type ?? ""}</>;
  return (
    <>
      {found.join(", ")} {more > 0 && <Box variant="small">{words.more(more)}</Box>}
    </>
  );
}

const kColumns: Column[] = [
  {
    id: "key",
    header: names.key,
    isRowHeader: true,
    sortingField: "key",
    minWidth: 180,
    cell: (record) => <RouterLink href={objectLink(record)}>{record.key}</RouterLink>,
  },
  { id: "bucket", header: names.bucket, minWidth: 120, cell: bucketOf },
  { id: "account", header: names.account, minWidth: 130, cell: (record) => record.accountId },
  { id: "outcome", header: names.outcome, minWidth: 120, cell: (record) => <OutcomeLabel record={record} /> },
  {
    id: "risk",
    sortingField: "risk",
    header: <Right>{names.risk}</Right>,
    minWidth: 70,
    cell: (record) => (
      <Right>
        <RiskBadge risk={record.dlp_risk} />
      </Right>
    ),
  },
  { id: "impact", header: names.impact, minWidth: 110, cell: (record) => impacts[record.pii_impact ?? ""] ?? "-" },
  { id: "found", header: names.found, minWidth: 160, cell: (record) => <Found record={record} /> },
  {
    id: "size",
    header: <Right>{names.size}</Right>,
    minWidth: 100,
    cell: (record) => <Right>{formatSize(record.filesystem_metadata?.size ?? 0)}</Right>,
  },
  { id: "time", header: names.time, sortingField: "time", minWidth: 180, cell: (record) => <Time value={record["@timestamp"]} /> },
];

interface Props {
  records: readonly ObjectRecord[];
  order: ObjectOrder;
  onOrder: (order: ObjectOrder) => void;
  loading: boolean;
  header: ReactNode;
  filter: ReactNode;
  pagination: ReactNode;
  empty: ReactNode;
}

// The service sorts, and each order in one direction: risk and time fall, keys rise.
export function ObjectsTable({ records, order, onOrder, ...rest }: Props) {
  return (
    <Table
      {...rest}
      items={records}
      columnDefinitions={kColumns}
      sortingColumn={{ sortingField: order }}
      sortingDescending={order !== "key"}
      onSortingChange={({ detail }) => onOrder(detail.sortingColumn.sortingField as ObjectOrder)}
      trackBy={(record) => objectLink(record)}
      ariaLabels={{ tableLabel: words.tableLabel }}
      stickyHeader
      wrapLines
      contentDensity="compact"
    />
  );
}
