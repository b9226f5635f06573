// The filter of the Objects page in its three shapes: the address of the page (so that it can be
// shared and Back works), the query of the API, and the tokens of the property filter.

import type { paths } from "../../api/schema";

export type ObjectsQuery = NonNullable<paths["/objects"]["get"]["parameters"]["query"]>;
export type FilterKey = Exclude<keyof ObjectsQuery, "detections" | "order" | "limit" | "nextToken">;
export type ObjectFilter = Partial<Record<FilterKey, string>>;
export type ObjectOrder = "risk" | "time" | "key";
export type FilterOperator = "=" | ":" | ">=" | "<=" | ">" | "<";

export interface FilterToken {
  propertyKey?: string;
  operator: string;
  value: string;
}

// What a value looks like; "=" of a number sets both of its bounds.
export type FilterKind = "text" | "risk" | "size" | "time";
export type FilterGroup = "outcome" | "object" | "found" | "acl";

// A property as a person sees it, and which parameter of the API each operator sets.
export interface FilterProperty {
  key: string;
  group: FilterGroup;
  kind: FilterKind;
  operators: Partial<Record<FilterOperator, FilterKey>>;
}

function text(group: FilterGroup, ...keys: FilterKey[]): FilterProperty[] {
  return keys.map((key) => ({ key, group, kind: "text", operators: { "=": key } }));
}

function bounds(
  group: FilterGroup,
  kind: FilterKind,
  key: string,
  least: FilterKey,
  most: FilterKey,
): FilterProperty {
  const upper: FilterOperator = kind === "time" ? "<" : "<=";
  const exactly = kind === "time" ? {} : { "=": least };
  return { key, group, kind, operators: { ">=": least, [upper]: most, ...exactly } };
}

// The fields of index "S3 objects", and what Assay knows besides.
export const filterProperties: FilterProperty[] = [
  ...text("object", "account", "bucket", "prefix"),
  ...text("outcome", "outcome", "reason"),
  bounds("outcome", "risk", "risk", "minRisk", "maxRisk"),
  { key: "key", group: "object", kind: "text", operators: { "=": "key", ":": "keyContains" } },
  ...text("object", "firstPrefix"),
  ...text("found", "piiType", "piiImpact", "theme", "keywordTheme", "regexTheme"),
  bounds("outcome", "time", "time", "since", "until"),
  bounds("outcome", "time", "crawled", "crawledSince", "crawledUntil"),
  bounds("object", "size", "size", "minSize", "maxSize"),
  bounds("object", "time", "modified", "modifiedSince", "modifiedUntil"),
  ...text("object", "etag", "storageClass", "serverEncryption", "kmsKeyId"),
  ...text("found", "contentType", "mimetype", "filetype", "encoding", "languageCode"),
  bounds("found", "risk", "mimetypeRisk", "minMimetypeRisk", "maxMimetypeRisk"),
  bounds("found", "risk", "filetypeRisk", "minFiletypeRisk", "maxFiletypeRisk"),
  bounds("found", "risk", "themeRisk", "minThemeRisk", "maxThemeRisk"),
  bounds("found", "risk", "regexRisk", "minRegexRisk", "maxRegexRisk"),
  ...text("acl", "worldReadable", "aclOwnerId", "aclOwnerName", "aclGranteeId", "aclGranteeName"),
  ...text("acl", "aclGranteeType", "aclGranteeUri", "aclPermission"),
];

export const filterKeys: FilterKey[] = [
  ...new Set(filterProperties.flatMap((property) => Object.values(property.operators))),
];

export const orders: ObjectOrder[] = ["risk", "time", "key"];

export function filterFromUrl(parameters: URLSearchParams): ObjectFilter {
  const filter: ObjectFilter = {};
  for (const key of filterKeys) {
    const value = parameters.get(key);
    if (value) filter[key] = value;
  }
  return filter;
}

export function orderFromUrl(parameters: URLSearchParams): ObjectOrder {
  const order = parameters.get("order");
  return orders.find((known) => known === order) ?? "risk";
}

// The parameters of the address in a fixed order: one filter has one address.
export function filterToUrl(filter: ObjectFilter, order: ObjectOrder = "risk"): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const key of filterKeys) {
    const value = filter[key];
    if (value) parameters.set(key, value);
  }
  if (order !== "risk") parameters.set("order", order);
  return parameters;
}

export function objectsLink(filter: ObjectFilter, order: ObjectOrder = "risk"): string {
  const query = filterToUrl(filter, order).toString();
  return query ? `/objects?${query}` : "/objects";
}

function hasExact(property: FilterProperty): boolean {
  return property.kind === "risk" || property.kind === "size";
}

function tokensOf(property: FilterProperty, filter: ObjectFilter): FilterToken[] {
  const entries = Object.entries(property.operators) as [FilterOperator, FilterKey][];
  const token = (operator: string, value: string) => ({ propertyKey: property.key, operator, value });
  const bound = entries.filter(([operator]) => !hasExact(property) || operator !== "=");
  const values = bound.map(([, key]) => filter[key]);
  if (hasExact(property) && values[0] && values[0] === values[1]) return [token("=", values[0])];
  return bound.flatMap(([operator], index) => (values[index] ? [token(operator, values[index])] : []));
}

export function tokensFromFilter(filter: ObjectFilter): FilterToken[] {
  return filterProperties.flatMap((property) => tokensOf(property, filter));
}

const kUnits = ["", "K", "M", "G", "T", "P"];

// "1500", "1.5 MB", "10 GiB": bytes; units are those in which the console shows sizes.
function bytesOf(value: string): string | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([KMGTP]?)(?:i?B)?$/i.exec(value);
  if (!found) return undefined;
  const bytes = Math.round(Number(found[1]) * 1024 ** kUnits.indexOf(found[2]!.toUpperCase()));
  return Number.isSafeInteger(bytes) ? String(bytes) : undefined;
}

// A day alone means its start in the viewer's zone; the API wants an instant.
function instantOf(value: string): string | undefined {
  const dayOnly = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const time = new Date(dayOnly ? `${value}T00:00:00` : value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

// As the API takes it; undefined when it cannot be meant.
function valueOf(kind: FilterKind, value: string): string | undefined {
  if (kind === "risk") return /^([0-9]|10)$/.test(value) ? value : undefined;
  if (kind === "size") return bytesOf(value);
  if (kind === "time") return instantOf(value);
  return value;
}

function setToken(filter: ObjectFilter, token: FilterToken): boolean {
  const property = filterProperties.find((known) => known.key === token.propertyKey);
  const key = property?.operators[token.operator as FilterOperator];
  if (!property || !key) return false;
  const value = valueOf(property.kind, token.value.trim());
  if (!value) return false;
  filter[key] = value;
  const most = property.operators["<="];
  if (token.operator === "=" && hasExact(property) && most) filter[most] = value;
  return true;
}

export interface ReadTokens {
  filter: ObjectFilter;
  refused: FilterToken[];
}

// All tokens hold at once; of two that set the same parameter the later wins. What cannot be
// used (free text, a risk of 11, a prefix without its bucket) is handed back, not dropped silently.
export function filterFromTokens(tokens: readonly FilterToken[]): ReadTokens {
  const filter: ObjectFilter = {};
  const refused = tokens.filter((token) => !setToken(filter, token));
  if (filter.prefix && !filter.bucket) {
    refused.push({ propertyKey: "prefix", operator: "=", value: filter.prefix });
    delete filter.prefix;
  }
  return { filter, refused };
}

const kNumbers = new Set(
  filterProperties.filter(hasExact).flatMap((property) => Object.values(property.operators)),
);

// The address may hold anything: what the API would refuse is left for it to refuse and explain.
export function apiQuery(
  filter: ObjectFilter,
  order: ObjectOrder,
  limit: number,
  nextToken?: string,
): ObjectsQuery {
  const entries = Object.entries(filter) as [FilterKey, string][];
  const values = entries.map(([key, value]) => [key, kNumbers.has(key) ? Number(value) : value]);
  return { ...Object.fromEntries(values), order, limit, ...(nextToken && { nextToken }) } as ObjectsQuery;
}
