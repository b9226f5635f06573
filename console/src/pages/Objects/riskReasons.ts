import { objectPage as words } from "../../strings/objects";
import type { ObjectRecord } from "./objectRecord";

export interface RiskReason {
  source: string; // what was looked at
  found: string; // what it is, "" = nothing
  risk: number;
  decides: boolean; // whether the risk of the object is this one
}

// The four risks of a classified object, the highest first: the object's own risk is the highest
// of them, and at least 1. Empty for an object that is not classified.
export function riskReasons(record: ObjectRecord): RiskReason[] {
  if (record.outcome !== "classified") return [];
  const rows: [string, string, number | undefined][] = [
    [words.sources.regex, (record.regex_themes ?? []).join(", "), record.regex_risk],
    [words.sources.theme, (record.keyword_themes ?? []).join(", "), record.theme_risk],
    [words.sources.contentType, (record.mimetypes ?? [record.content_type ?? ""]).join(", "), record.mimetype_risk],
    [words.sources.extension, (record.filetypes ?? []).join(", "), record.filetype_risk],
  ];
  const overall = record.dlp_risk ?? 0;
  return rows
    .map(([source, found, risk = 0]) => ({ source, found, risk, decides: risk > 0 && risk === overall }))
    .sort((a, b) => b.risk - a.risk);
}

// In one line for tables: the names behind the deciding risk, or what kind of object it is.
export function foundInShort(record: ObjectRecord, most = 3): { names: string[]; more: number } {
  const names = record.themes ?? [...(record.regex_themes ?? []), ...(record.keyword_themes ?? [])];
  return { names: names.slice(0, most), more: Math.max(0, names.length - most) };
}
