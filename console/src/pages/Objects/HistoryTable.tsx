import Header from "@cloudscape-design/components/header";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import { Right } from "../../components/Right";
import { Time } from "../../components/Time";
import { formatCount, formatSize } from "../../format";
import { impacts, objectPage as words } from "../../strings/objects";
import type { Detail } from "./ObjectPage";
import { OutcomeLabel } from "./OutcomeLabel";
import { RiskBadge } from "./RiskBadge";

type Entry = Detail["history"][number];
const names = words.historyColumns;

function wasClassified(entry: Entry): boolean {
  return entry.outcome === "classified";
}

const kColumns: TableProps.ColumnDefinition<Entry>[] = [
  { id: "time", header: names.time, isRowHeader: true, cell: (entry) => <Time value={entry.recordedAt} /> },
  { id: "outcome", header: names.outcome, cell: (entry) => <OutcomeLabel record={entry} /> },
  {
    id: "risk",
    header: <Right>{names.risk}</Right>,
    cell: (entry) => (
      <Right>
        <RiskBadge risk={wasClassified(entry) ? entry.dlpRisk : undefined} />
      </Right>
    ),
  },
  { id: "impact", header: names.impact, cell: (entry) => (wasClassified(entry) ? impacts[entry.piiImpact] : "-") },
  {
    id: "size",
    header: <Right>{names.size}</Right>,
    cell: (entry) => <Right>{formatSize(entry.size)}</Right>,
  },
  { id: "etag", header: names.etag, cell: (entry) => entry.etag || "-" },
  { id: "version", header: names.version, cell: (entry) => entry.versionId || "-" },
];

export function HistoryTable({ history }: { history: Entry[] }) {
  return (
    <Table
      items={history}
      columnDefinitions={kColumns}
      ariaLabels={{ tableLabel: words.history }}
      wrapLines
      header={
        <Header variant="h2" counter={`(${formatCount(history.length)})`}>
          {words.history}
        </Header>
      }
      empty={words.noHistory}
    />
  );
}
