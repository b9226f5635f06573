import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Schemas } from "../../api/client";
import { ExposureLabel } from "../../components/ExposureLabel";
import { RouterLink } from "../../components/RouterLink";
import { Time } from "../../components/Time";
import { formatCount, formatMoney, formatSize } from "../../format";
import { bucketPage as words, buckets } from "../../strings/buckets";
import { type ObjectFilter, objectsLink } from "../Objects/objectFilter";

type KnownBucket = Schemas["KnownBucket"];

function exposureItems(bucket: KnownBucket): KeyValuePairsProps.Item[] {
  const reasons = [...new Set(bucket.exposureReasons)]; // reading and writing may have the same
  return [
    { label: words.read, value: <ExposureLabel value={bucket.worldReadability} /> },
    { label: words.write, value: <ExposureLabel value={bucket.worldWritability} /> },
    { label: words.through, value: reasons.length > 0 ? reasons.join("; ") : words.noReasons },
  ];
}

function contentItems(bucket: KnownBucket): KeyValuePairsProps.Item[] {
  return [
    { label: words.objects, value: formatCount(bucket.objectCount ?? 0) },
    { label: words.size, value: formatSize(bucket.totalSize ?? 0) },
    { label: words.processed, value: formatSize(bucket.totalProcessed ?? 0) },
    { label: words.cost, value: formatMoney(bucket.totalCostEstimate ?? "0.00") },
    { label: words.snapshotTime, value: <Time value={bucket.snapshotTime} /> },
  ];
}

function outcomeItems(bucket: KnownBucket): KeyValuePairsProps.Item[] {
  const link = (objects: number, filter: ObjectFilter) => (
    <RouterLink href={objectsLink({ account: bucket.accountId, bucket: bucket.bucketName, ...filter })}>
      {formatCount(objects)}
    </RouterLink>
  );
  const { classified, skipped, failed, highRisk } = bucket.outcomes;
  return [
    { label: words.classified, value: link(classified, { outcome: "classified" }) },
    { label: words.skipped, value: link(skipped, { outcome: "skipped" }) },
    { label: words.failed, value: link(failed, { outcome: "failed" }) },
    { label: words.highRisk, value: link(highRisk, { outcome: "classified", minRisk: "8" }) },
  ];
}

export function BucketOverview({ bucket }: { bucket: KnownBucket }) {
  const { encryption = "unknown" } = bucket;
  const overview = [
    { label: words.account, value: bucket.accountId },
    { label: words.region, value: bucket.region },
    { label: words.encryption, value: buckets.encryptions[encryption] ?? encryption },
    { label: words.crawled, value: <Time value={bucket.crawledAt} /> },
  ];
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{words.overview}</Header>}>
        <KeyValuePairs columns={4} items={overview} />
      </Container>
      <Container header={<Header variant="h2" description={words.exposureText}>{words.exposure}</Header>}>
        {bucket.crawledAt ? <KeyValuePairs columns={3} items={exposureItems(bucket)} /> : words.notCrawled}
      </Container>
      <Container header={<Header variant="h2">{words.snapshot}</Header>}>
        {bucket.snapshotTime ? <KeyValuePairs columns={4} items={contentItems(bucket)} /> : words.noSnapshot}
      </Container>
      <Container header={<Header variant="h2">{words.outcomes}</Header>}>
        <KeyValuePairs columns={4} items={outcomeItems(bucket)} />
      </Container>
    </SpaceBetween>
  );
}
