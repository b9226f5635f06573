import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import { Right } from "../../components/Right";
import { RouterLink } from "../../components/RouterLink";
import { formatMoney, formatSize } from "../../format";
import { dashboard as words } from "../../strings/dashboard";
import { objectsLink } from "../Objects/objectFilter";
import type { Figures } from "./figures";

type Row = Figures["accounts"][number];
const names = words.accountColumns;

function usedPercent(row: Row): number {
  return row.quotaBytes > 0 ? Math.min(100, (100 * row.chargedBytes) / row.quotaBytes) : 100;
}

const kColumns: TableProps.ColumnDefinition<Row>[] = [
  {
    id: "account",
    header: names.account,
    isRowHeader: true,
    cell: (row) => (
      <RouterLink href={objectsLink({ account: row.accountId, outcome: "classified" })}>{row.accountId}</RouterLink>
    ),
  },
  { id: "charged", header: <Right>{names.charged}</Right>, cell: (row) => <Right>{formatSize(row.chargedBytes)}</Right> },
  { id: "quota", header: <Right>{names.quota}</Right>, cell: (row) => <Right>{formatSize(row.quotaBytes)}</Right> },
  {
    id: "used",
    header: names.used,
    minWidth: 160,
    cell: (row) => (
      <ProgressBar
        variant="standalone"
        value={usedPercent(row)}
        status="in-progress"
        ariaLabel={words.usedLabel(row.accountId)}
      />
    ),
  },
  { id: "cost", header: <Right>{names.cost}</Right>, cell: (row) => <Right>{formatMoney(row.costSoFar)}</Right> },
];

export function AccountsTable({ figures }: { figures: Figures }) {
  return (
    <Table
      items={figures.accounts}
      columnDefinitions={kColumns}
      trackBy="accountId"
      ariaLabels={{ tableLabel: words.accounts }}
      header={
        <Header variant="h2" description={words.accountsText}>
          {words.accounts}
        </Header>
      }
    />
  );
}
