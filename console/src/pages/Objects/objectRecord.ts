// The record of one object (docs/classification.schema.json) as far as the console shows it.

export interface Occurrence {
  line?: number;
  column?: number;
  start: number;
  end: number;
  cell?: string;
  column_name?: string;
  record?: number;
  json_path?: string;
  page?: number;
  member?: string;
  redacted?: string;
  hash?: string;
}

export interface Detection {
  id: string;
  name?: string;
  category?: string;
  count: number;
  occurrences: Occurrence[];
}

export interface FilesystemMetadata {
  bucket?: string;
  first_prefix?: string;
  ETag?: string;
  last_modified?: string;
  size?: number;
  server_encryption?: string;
  sse_kms_key_id?: string;
  storage_class?: string;
}

export interface ObjectGrant {
  Grantee: { Type?: string; ID?: string; DisplayName?: string; URI?: string };
  Permission?: string;
}

export interface ObjectAcl {
  Owner: { ID?: string; DisplayName?: string };
  Grants: ObjectGrant[];
}

export interface ObjectRecord {
  accountId: string;
  bucket?: string;
  key: string;
  key_encoding?: "percent";
  outcome: string;
  reason?: string;
  retryable?: boolean;
  status?: "COMPLETE" | "PARTIAL";
  status_reason?: string;
  bytes_classified?: number;
  "@timestamp"?: string;
  last_crawl_time?: string;
  filesystem_metadata?: FilesystemMetadata;
  content_type?: string;
  mimetypes?: string[];
  encoding?: string;
  language_code?: string;
  filetypes?: string[];
  mimetype_risk?: number;
  filetype_risk?: number;
  theme_risk?: number;
  regex_risk?: number;
  dlp_risk?: number;
  keyword_themes?: string[];
  regex_themes?: string[];
  themes?: string[];
  pii_types?: string[];
  pii_impact?: string;
  detections?: Detection[];
  object_acl?: ObjectAcl;
}

export function bucketOf(record: ObjectRecord): string {
  return record.bucket ?? record.filesystem_metadata?.bucket ?? "";
}

// The address of an object's page. A key that is not UTF-8 stays percent-encoded as in its record.
export function objectLink(record: ObjectRecord): string {
  const parameters = new URLSearchParams({
    account: record.accountId,
    bucket: bucketOf(record),
    key: record.key,
  });
  if (record.key_encoding) parameters.set("keyEncoding", record.key_encoding);
  return `/objects/view?${parameters}`;
}
