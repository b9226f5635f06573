import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { formatMoney, formatSize } from "../../format";
import { editResources as words } from "../../strings/services";
import type { Bucket } from "./resources";
import { type Selection, totalsOf } from "./selection";

// The totals row: each bucket with Classify all once.
export function Totals({ selection, buckets }: { selection: Selection; buckets: ReadonlyMap<string, Bucket> }) {
  const totals = totalsOf(selection, buckets);
  return (
    <section aria-label={words.totals}>
      <SpaceBetween size="xs">
        <Box variant="h3">{words.totals}</Box>
        <KeyValuePairs
          columns={4}
          items={[
            { label: words.totalsBuckets, value: totals.buckets },
            { label: words.totalSize, value: formatSize(Number(totals.totalSize)) },
            { label: words.totalProcessed, value: formatSize(Number(totals.totalProcessed)) },
            { label: words.totalCost, value: formatMoney(totals.totalCostEstimate) },
          ]}
        />
        <Box color="text-body-secondary">
          {words.totalsNote} {totals.missing > 0 && words.totalsMissing(totals.missing)}
        </Box>
      </SpaceBetween>
    </section>
  );
}
