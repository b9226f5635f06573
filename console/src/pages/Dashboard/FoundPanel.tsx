import FormField from "@cloudscape-design/components/form-field";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import Slider from "@cloudscape-design/components/slider";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { dashboard as words } from "../../strings/dashboard";
import { impacts, piiTypes } from "../../strings/objects";
import { CountTable } from "./CountTable";
import { type Figures, riskyLink, type Scope } from "./figures";
import { PublicBucketsTable } from "./PublicBucketsTable";

interface Props {
  figures: Figures;
  scope: Scope;
  onMinRisk: (minRisk: number) => void;
}

const kThirds = Array.from({ length: 3 }, () => ({ colspan: { default: 12, xs: 4 } }));

function MinimumRisk({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  return (
    <Container header={<Header variant="h2">{words.found}</Header>}>
      <FormField label={words.slider} description={words.sliderText} stretch>
        <Slider
          ariaLabel={words.slider}
          min={0}
          max={10}
          step={1}
          tickMarks
          value={value}
          valueFormatter={words.sliderValue}
          onChange={({ detail }) => onChange(detail.value)}
        />
      </FormField>
    </Container>
  );
}

// Everything that the slider narrows.
export function FoundPanel({ figures, scope, onMinRisk }: Props) {
  return (
    <SpaceBetween size="l">
      <MinimumRisk value={scope.minRisk} onChange={onMinRisk} />
      <Grid gridDefinition={kThirds}>
        <CountTable
          title={words.impacts}
          counts={figures.piiImpacts}
          nameOf={(name) => impacts[name] ?? name}
          linkOf={(piiImpact) => riskyLink(scope, { outcome: "classified", piiImpact })}
        />
        <CountTable
          title={words.types}
          counts={figures.piiTypes}
          nameOf={(name) => piiTypes[name] ?? name}
          linkOf={(piiType) => riskyLink(scope, { piiType })}
        />
        <CountTable
          title={words.themes}
          counts={figures.themes}
          linkOf={(theme) => riskyLink(scope, { theme })}
        />
      </Grid>
      <PublicBucketsTable figures={figures} scope={scope} />
    </SpaceBetween>
  );
}
