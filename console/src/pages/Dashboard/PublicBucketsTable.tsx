import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import { ExposureLabel } from "../../components/ExposureLabel";
import { Right } from "../../components/Right";
import { RouterLink } from "../../components/RouterLink";
import { formatCount } from "../../format";
import { dashboard as words } from "../../strings/dashboard";
import { type Figures, riskyLink, type Scope } from "./figures";

type Row = Figures["publicBuckets"][number];
const names = words.publicColumns;

function columnsFor(scope: Scope): TableProps.ColumnDefinition<Row>[] {
  return [
    {
      id: "bucket",
      header: names.bucket,
      isRowHeader: true,
      cell: (row) => (
        <RouterLink href={`/buckets/${row.accountId}/${encodeURIComponent(row.bucketName)}`}>{row.bucketName}</RouterLink>
      ),
    },
    { id: "account", header: names.account, cell: (row) => row.accountId },
    { id: "read", header: names.read, cell: (row) => <ExposureLabel value={row.worldReadability} /> },
    { id: "write", header: names.write, cell: (row) => <ExposureLabel value={row.worldWritability} /> },
    {
      id: "objects",
      header: <Right>{names.objects}</Right>,
      cell: (row) => (
        <Right>
          <RouterLink href={riskyLink(scope, { account: row.accountId, bucket: row.bucketName })}>
            {formatCount(row.objects)}
          </RouterLink>
        </Right>
      ),
    },
  ];
}

export function PublicBucketsTable({ figures, scope }: { figures: Figures; scope: Scope }) {
  return (
    <Table
      items={figures.publicBuckets}
      columnDefinitions={columnsFor(scope)}
      ariaLabels={{ tableLabel: words.publicBuckets }}
      wrapLines
      header={
        <Header variant="h2" description={words.publicText} counter={`(${formatCount(figures.publicBuckets.length)})`}>
          {words.publicBuckets}
        </Header>
      }
      footer={
        <Box>
          {words.publicObjects}{" "}
          <RouterLink href={riskyLink(scope, { worldReadable: "true" })}>{formatCount(figures.publicObjects)}</RouterLink>
        </Box>
      }
      empty={words.noPublic}
    />
  );
}
