import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import { Right } from "../../components/Right";
import { objectPage as words } from "../../strings/objects";
import type { ObjectRecord } from "./objectRecord";
import { RiskBadge } from "./RiskBadge";
import { type RiskReason, riskReasons } from "./riskReasons";

const names = words.whyColumns;

const kColumns: TableProps.ColumnDefinition<RiskReason>[] = [
  { id: "source", header: names.source, isRowHeader: true, cell: (row) => row.source },
  { id: "found", header: names.found, cell: (row) => row.found || words.nothing },
  {
    id: "risk",
    header: <Right>{names.risk}</Right>,
    cell: (row) => (
      <Right>
        {row.decides && <Box variant="small">{words.decides}</Box>} <RiskBadge risk={row.risk} />
      </Right>
    ),
  },
];

// Why the object has its risk: the four risks it is made of.
export function RiskTable({ record }: { record: ObjectRecord }) {
  const risk = record.dlp_risk;
  return (
    <Table
      items={riskReasons(record)}
      columnDefinitions={kColumns}
      trackBy="source"
      ariaLabels={{ tableLabel: words.whyTitle }}
      wrapLines
      header={
        <Header variant="h2" description={risk === undefined ? undefined : words.whySummary(risk)}>
          {words.whyTitle}
        </Header>
      }
      empty={words.noRisk}
    />
  );
}
