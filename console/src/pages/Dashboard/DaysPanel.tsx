import BarChart from "@cloudscape-design/components/bar-chart";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import { useState } from "react";

import { RouterLink } from "../../components/RouterLink";
import { formatCount, formatSize } from "../../format";
import { dashboard as words } from "../../strings/dashboard";
import { allDays, dayLink, type Figures, type Scope } from "./figures";

type Shown = "objects" | "bytesClassified";

function Choice({ shown, onChange }: { shown: Shown; onChange: (shown: Shown) => void }) {
  return (
    <SegmentedControl
      label={words.daysShow}
      selectedId={shown}
      onChange={({ detail }) => onChange(detail.selectedId as Shown)}
      options={[
        { id: "objects", text: words.byObjects },
        { id: "bytesClassified", text: words.byBytes },
      ]}
    />
  );
}

export function DaysPanel({ figures, scope }: { figures: Figures; scope: Scope }) {
  const [shown, setShown] = useState<Shown>("objects");
  const format = shown === "objects" ? formatCount : formatSize;
  const days = allDays(figures.days, new Date());
  const spoken = figures.days.map((day) => `${day.day} ${format(day[shown])}`).join(", ");
  const title = shown === "objects" ? words.byObjects : words.byBytes;
  return (
    <Container
      header={
        <Header variant="h2" description={words.daysText} actions={<Choice shown={shown} onChange={setShown} />}>
          {words.days}
        </Header>
      }
    >
      <BarChart
        series={[
          { type: "bar", title, data: days.map((day) => ({ x: day.day, y: day[shown] })), valueFormatter: format },
        ]}
        xScaleType="categorical"
        xTitle={words.dayAxis}
        xTickFormatter={(day) => day.slice(5)}
        yTitle={title}
        yTickFormatter={format}
        height={220}
        hideFilter
        hideLegend
        ariaLabel={words.days}
        ariaDescription={words.daysChart(spoken)}
        detailPopoverFooter={(day) => <RouterLink href={dayLink(scope, day)}>{words.showObjects}</RouterLink>}
      />
    </Container>
  );
}
