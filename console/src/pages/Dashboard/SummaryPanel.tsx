import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";

import { RouterLink } from "../../components/RouterLink";
import { formatCount, formatMoney, formatSize } from "../../format";
import { dashboard as words } from "../../strings/dashboard";
import { type Figures, listLink, type Scope, sumOf, sumOfDollars } from "./figures";

function Big({ href, children }: { href: string; children: string }) {
  return (
    <RouterLink variant="awsui-value-large" href={href}>
      {children}
    </RouterLink>
  );
}

export function SummaryPanel({ figures, scope }: { figures: Figures; scope: Scope }) {
  const objectsOf = (outcome: string) => (
    <Big href={listLink(scope, { outcome })}>{formatCount(sumOf(figures.outcomes, outcome).objects)}</Big>
  );
  const bytes = figures.outcomes.reduce((sum, row) => sum + row.bytesClassified, 0);
  const cost = sumOfDollars(figures.accounts.map((account) => account.costSoFar));
  const all = listLink(scope, { outcome: "classified" });
  const risky = listLink(scope, { outcome: "classified", minRisk: "8" });
  return (
    <Container header={<Header variant="h2">{words.summary}</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: words.highRisk, value: <Big href={risky}>{formatCount(figures.highRiskObjects)}</Big> },
          { label: words.classified, value: objectsOf("classified") },
          { label: words.skipped, value: objectsOf("skipped") },
          { label: words.failed, value: objectsOf("failed") },
          { label: words.bytes, value: <Big href={all}>{formatSize(bytes)}</Big> },
          { label: words.cost, value: <Big href={all}>{formatMoney(cost)}</Big> },
        ]}
      />
    </Container>
  );
}
