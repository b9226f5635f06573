import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";

import { RouterLink } from "../../components/RouterLink";
import { Time } from "../../components/Time";
import { formatSize } from "../../format";
import { common } from "../../strings/common";
import { impacts, objectPage as words, piiTypes } from "../../strings/objects";
import { bucketOf } from "./objectRecord";
import type { Detail } from "./ObjectPage";
import { OutcomeLabel } from "./OutcomeLabel";
import { RiskBadge } from "./RiskBadge";

function listed(values: string[] | undefined): string {
  return values?.length ? values.join(", ") : common.none;
}

function classifiedItems({ record, chargedBytes }: Detail): KeyValuePairsProps.Item[] {
  return [
    { label: words.risk, value: <RiskBadge risk={record.dlp_risk} /> },
    { label: words.impact, value: impacts[record.pii_impact ?? ""] ?? common.none },
    { label: words.piiTypes, value: listed(record.pii_types?.map((type) => piiTypes[type] ?? type)) },
    { label: words.themes, value: listed(record.keyword_themes) },
    { label: words.regexes, value: listed(record.regex_themes) },
    { label: words.classifiedBytes, value: formatSize(record.bytes_classified ?? 0) },
    { label: words.chargedBytes, value: formatSize(chargedBytes ?? 0) },
  ];
}

function otherItems({ record, attempts, nextAttemptAt }: Detail): KeyValuePairsProps.Item[] {
  const retried = attempts ? words.attempts(attempts) : words.retryYes;
  return [
    { label: words.retryable, value: record.retryable ? retried : words.retryNo },
    ...(nextAttemptAt ? [{ label: words.nextAttempt, value: <Time value={nextAttemptAt} /> }] : []),
  ];
}

export function OverviewPanel({ detail }: { detail: Detail }) {
  const { record } = detail;
  const bucket = bucketOf(record);
  const bucketHref = `/buckets/${record.accountId}/${encodeURIComponent(bucket)}`;
  const items: KeyValuePairsProps.Item[] = [
    { label: words.outcome, value: <OutcomeLabel record={record} /> },
    { label: words.account, value: record.accountId },
    { label: words.bucket, value: <RouterLink href={bucketHref}>{bucket}</RouterLink> },
    { label: words.key, value: record.key },
    { label: words.recorded, value: <Time value={detail.recordedAt ?? record["@timestamp"]} /> },
    ...(record.outcome === "classified" ? classifiedItems(detail) : otherItems(detail)),
  ];
  return (
    <Container header={<Header variant="h2">{words.overview}</Header>}>
      <KeyValuePairs columns={4} items={items} />
    </Container>
  );
}
