import BarChart from "@cloudscape-design/components/bar-chart";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { RouterLink } from "../../components/RouterLink";
import { formatCount } from "../../format";
import { dashboard as words } from "../../strings/dashboard";
import { type Figures, riskLink, type Scope } from "./figures";

// The histogram, and its figures as links beside it: a bar cannot be one.
export function RiskPanel({ figures, scope }: { figures: Figures; scope: Scope }) {
  const data = figures.riskHistogram.map((objects, risk) => ({ x: String(risk), y: objects, risk }));
  const spoken = data.map(({ risk, y }) => words.riskFigure(risk, formatCount(y))).join(", ");
  return (
    <Container header={<Header variant="h2" description={words.risksText}>{words.risks}</Header>}>
      <SpaceBetween size="m">
        <BarChart
          series={[{ type: "bar", title: words.objects, data, valueFormatter: formatCount }]}
          xScaleType="categorical"
          xTitle={words.riskAxis}
          yTitle={words.objectsAxis}
          yTickFormatter={formatCount}
          height={220}
          hideFilter
          hideLegend
          ariaLabel={words.risks}
          ariaDescription={words.risksChart(spoken)}
          detailPopoverFooter={(risk) => (
            <RouterLink href={riskLink(scope, Number(risk))}>{words.showObjects}</RouterLink>
          )}
        />
        <SpaceBetween direction="horizontal" size="m">
          {data.map(({ risk, y }) => (
            <RouterLink key={risk} href={riskLink(scope, risk)}>
              {words.riskFigure(risk, formatCount(y))}
            </RouterLink>
          ))}
        </SpaceBetween>
      </SpaceBetween>
    </Container>
  );
}
