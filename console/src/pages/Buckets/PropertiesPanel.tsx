import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";

import { bucketPage as words } from "../../strings/buckets";

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === "") return <>{words.nothingKnown}</>;
  if (typeof value !== "object") return <>{String(value)}</>;
  return <Box variant="pre">{JSON.stringify(value, null, 2)}</Box>;
}

// Everything the store said about the bucket, under the names the service keeps it by.
export function PropertiesPanel({ properties }: { properties: Record<string, unknown> }) {
  const items = Object.entries(properties).map(([label, value]) => ({ label, value: <Value value={value} /> }));
  return (
    <ExpandableSection variant="container" headerText={words.properties} defaultExpanded>
      <KeyValuePairs columns={2} items={items} />
    </ExpandableSection>
  );
}
