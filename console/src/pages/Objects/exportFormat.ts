// Records as the lines of a file: CSV for spreadsheets, JSON Lines with everything there is.
import { bucketOf, type ObjectRecord } from "./objectRecord";

const kColumns: [string, (record: ObjectRecord) => string | number | undefined][] = [
  ["accountId", (r) => r.accountId],
  ["bucket", bucketOf],
  ["key", (r) => r.key],
  ["outcome", (r) => r.outcome],
  ["reason", (r) => r.reason],
  ["status", (r) => r.status],
  ["status_reason", (r) => r.status_reason],
  ["dlp_risk", (r) => r.dlp_risk],
  ["pii_impact", (r) => r.pii_impact],
  ["pii_types", (r) => r.pii_types?.join(" ")],
  ["themes", (r) => r.themes?.join("; ")],
  ["mimetype_risk", (r) => r.mimetype_risk],
  ["filetype_risk", (r) => r.filetype_risk],
  ["theme_risk", (r) => r.theme_risk],
  ["regex_risk", (r) => r.regex_risk],
  ["content_type", (r) => r.content_type],
  ["size", (r) => r.filesystem_metadata?.size],
  ["bytes_classified", (r) => r.bytes_classified],
  ["ETag", (r) => r.filesystem_metadata?.ETag],
  ["last_modified", (r) => r.filesystem_metadata?.last_modified],
  ["server_encryption", (r) => r.filesystem_metadata?.server_encryption],
  ["sse_kms_key_id", (r) => r.filesystem_metadata?.sse_kms_key_id],
  ["storage_class", (r) => r.filesystem_metadata?.storage_class],
  ["timestamp", (r) => r["@timestamp"]],
];

// A spreadsheet takes a cell that begins with = + - @ (or a tab or line break before one) for a
// formula and runs it; keys of objects are written by strangers. An apostrophe makes it text.
export function csvCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== value ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvHeader(): string {
  return `${kColumns.map(([name]) => name).join(",")}\r\n`;
}

export function csvLine(record: ObjectRecord): string {
  return `${kColumns.map(([, cell]) => csvCell(cell(record))).join(",")}\r\n`;
}

export function jsonLine(record: ObjectRecord): string {
  return `${JSON.stringify(record)}\n`;
}
