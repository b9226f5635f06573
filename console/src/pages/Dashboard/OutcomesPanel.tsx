import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import PieChart from "@cloudscape-design/components/pie-chart";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";

import { Right } from "../../components/Right";
import { RouterLink } from "../../components/RouterLink";
import { formatCount, formatSize } from "../../format";
import { dashboard as words } from "../../strings/dashboard";
import { outcomes as outcomeNames } from "../../strings/objects";
import { type Figures, listLink, type Outcome, type Scope, sumOf } from "./figures";

const names = words.outcomeColumns;

function columnsFor(scope: Scope): TableProps.ColumnDefinition<Outcome>[] {
  const filterOf = ({ outcome, reason }: Outcome) => ({ outcome, ...(reason && { reason }) });
  return [
    {
      id: "outcome",
      header: names.outcome,
      isRowHeader: true,
      cell: (row) => (
        <RouterLink href={listLink(scope, filterOf(row))}>
          {outcomeNames[row.outcome] ?? row.outcome}
          {row.reason && `: ${row.reason}`}
        </RouterLink>
      ),
    },
    { id: "objects", header: <Right>{names.objects}</Right>, cell: (row) => <Right>{formatCount(row.objects)}</Right> },
    {
      id: "bytes",
      header: <Right>{names.bytes}</Right>,
      cell: (row) => <Right>{formatSize(row.bytesClassified)}</Right>,
    },
  ];
}

export function OutcomesPanel({ figures, scope }: { figures: Figures; scope: Scope }) {
  const parts = Object.entries(outcomeNames).map(([outcome, title]) => ({
    outcome,
    title,
    value: sumOf(figures.outcomes, outcome).objects,
  }));
  const spoken = parts.map((part) => `${part.title} ${formatCount(part.value)}`).join(", ");
  const all = parts.reduce((sum, part) => sum + part.value, 0);
  return (
    <Container header={<Header variant="h2" description={words.outcomesText}>{words.outcomes}</Header>}>
      <SpaceBetween size="m">
        <PieChart
          data={parts}
          variant="donut"
          size="small"
          hideFilter
          hideTitles
          hideDescriptions
          innerMetricValue={formatCount(all)}
          innerMetricDescription={words.objectsUnit}
          ariaLabel={words.outcomes}
          ariaDescription={words.outcomesChart(spoken)}
          detailPopoverContent={(part) => [{ key: words.objects, value: formatCount(part.value) }]}
          detailPopoverFooter={(part) => (
            <RouterLink href={listLink(scope, { outcome: part.outcome })}>{words.showObjects}</RouterLink>
          )}
        />
        <Table
          variant="embedded"
          items={figures.outcomes}
          columnDefinitions={columnsFor(scope)}
          ariaLabels={{ tableLabel: words.outcomes }}
          wrapLines
        />
      </SpaceBetween>
    </Container>
  );
}
