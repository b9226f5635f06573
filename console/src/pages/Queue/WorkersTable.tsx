import Header from "@cloudscape-design/components/header";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import type { Schemas } from "../../api/client";
import { Right } from "../../components/Right";
import { Empty } from "../../components/States";
import { Time } from "../../components/Time";
import { formatCount, formatSize } from "../../format";
import { queue as words } from "../../strings/queue";

type Worker = Schemas["Worker"];
const names = words.workerColumns;
const kStates: Record<Worker["state"], StatusIndicatorProps.Type> = {
  working: "success",
  draining: "pending",
  lost: "error",
};

const kColumns: TableProps.ColumnDefinition<Worker>[] = [
  { id: "worker", header: names.worker, isRowHeader: true, cell: (worker) => worker.workerId },
  { id: "host", header: names.host, cell: (worker) => worker.host },
  {
    id: "state",
    header: names.state,
    minWidth: 110,
    cell: ({ state }) => <StatusIndicator type={kStates[state]}>{words.workerStates[state]}</StatusIndicator>,
  },
  {
    id: "units",
    header: <Right>{names.units}</Right>,
    cell: ({ units, unitsInHand }) => <Right>{words.unitsOf(formatCount(unitsInHand), formatCount(units))}</Right>,
  },
  {
    id: "objects",
    header: <Right>{names.objects}</Right>,
    cell: (worker) => <Right>{formatCount(worker.objectsPerMinute)}</Right>,
  },
  {
    id: "bytes",
    header: <Right>{names.bytes}</Right>,
    cell: (worker) => <Right>{formatSize(worker.bytesPerSecond)}</Right>,
  },
  { id: "version", header: names.version, cell: (worker) => worker.version },
  { id: "started", header: names.started, cell: (worker) => <Time value={worker.startedAt} /> },
  { id: "seen", header: names.seen, cell: (worker) => <Time value={worker.lastSeen} /> },
  { id: "error", header: names.error, cell: (worker) => worker.lastError || "-" },
];

export function WorkersTable({ workers }: { workers: Worker[] }) {
  return (
    <Table
      items={workers}
      columnDefinitions={kColumns}
      trackBy="workerId"
      ariaLabels={{ tableLabel: words.workers }}
      wrapLines
      header={
        <Header variant="h2" description={words.workersText} counter={`(${formatCount(workers.length)})`}>
          {words.workers}
        </Header>
      }
      empty={<Empty title={words.noWorkersTitle}>{words.noWorkersText}</Empty>}
    />
  );
}
