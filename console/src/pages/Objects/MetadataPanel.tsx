import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { Time } from "../../components/Time";
import { formatCount, formatSize } from "../../format";
import { objectPage as words } from "../../strings/objects";
import { AclPanel } from "./AclPanel";
import type { ObjectRecord } from "./objectRecord";
import type { Detail } from "./ObjectPage";

const names = words.metadataNames;

function sizeOf(bytes: number): string {
  return bytes < 1024 ? formatSize(bytes) : `${formatSize(bytes)} (${formatCount(bytes)} bytes)`;
}

// Only what is known: a directory has no ETag, a failed object no content type.
function metadataItems({ record, versionId }: Detail): KeyValuePairsProps.Item[] {
  const stored = record.filesystem_metadata ?? {};
  const known: [string, string | undefined][] = [
    [names.size, stored.size === undefined ? undefined : sizeOf(stored.size)],
    [names.etag, stored.ETag],
    [names.version, versionId],
    [names.storageClass, stored.storage_class],
    [names.contentType, record.content_type],
    [names.mimetypes, record.mimetypes?.join(", ")],
    [names.filetypes, record.filetypes?.join(", ")],
    [names.encoding, record.encoding],
    [names.language, record.language_code],
    [names.firstPrefix, stored.first_prefix],
  ];
  const items: KeyValuePairsProps.Item[] = known.flatMap(([label, value]) => (value ? [{ label, value }] : []));
  if (stored.last_modified) items.push({ label: names.modified, value: <Time value={stored.last_modified} /> });
  return items;
}

function encryptionItems(record: ObjectRecord): KeyValuePairsProps.Item[] {
  const stored = record.filesystem_metadata ?? {};
  return [
    { label: words.serverEncryption, value: stored.server_encryption ?? words.noEncryption },
    ...(stored.sse_kms_key_id ? [{ label: words.kmsKey, value: stored.sse_kms_key_id }] : []),
  ];
}

export function MetadataPanel({ detail }: { detail: Detail }) {
  const { record } = detail;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{words.metadata}</Header>}>
        <KeyValuePairs columns={4} items={metadataItems(detail)} />
      </Container>
      <Container header={<Header variant="h2">{words.encryption}</Header>}>
        <KeyValuePairs columns={2} items={encryptionItems(record)} />
      </Container>
      <AclPanel acl={record.object_acl} />
    </SpaceBetween>
  );
}
