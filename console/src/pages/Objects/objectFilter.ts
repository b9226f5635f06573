// The filter of the Objects page in its three shapes: the address of the page (so that it can be
// shared and Back works), the query of the API, and the tokens of the property filter.

export const filterKeys = [
  "account",
  "bucket",
  "prefix",
  "outcome",
  "reason",
  "minRisk",
  "maxRisk",
  "piiType",
  "piiImpact",
  "theme",
  "since",
  "until",
] as const;

export type FilterKey = (typeof filterKeys)[number];
export type ObjectFilter = Partial<Record<FilterKey, string>>;
export type ObjectOrder = "risk" | "time" | "key";
export type FilterOperator = "=" | ">=" | "<=" | ">" | "<";

export interface FilterToken {
  propertyKey?: string;
  operator: string;
  value: string;
}

// A property as a person sees it, and which parameter of the API each operator sets.
export interface FilterProperty {
  key: string;
  operators: Partial<Record<FilterOperator, FilterKey>>;
}

export const filterProperties: FilterProperty[] = [
  { key: "risk", operators: { ">=": "minRisk", "<=": "maxRisk", "=": "minRisk" } },
  { key: "outcome", operators: { "=": "outcome" } },
  { key: "reason", operators: { "=": "reason" } },
  { key: "account", operators: { "=": "account" } },
  { key: "bucket", operators: { "=": "bucket" } },
  { key: "prefix", operators: { "=": "prefix" } },
  { key: "piiType", operators: { "=": "piiType" } },
  { key: "piiImpact", operators: { "=": "piiImpact" } },
  { key: "theme", operators: { "=": "theme" } },
  { key: "time", operators: { ">=": "since", "<": "until" } },
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

export function tokensFromFilter(filter: ObjectFilter): FilterToken[] {
  const tokens: FilterToken[] = [];
  const exactRisk = filter.minRisk !== undefined && filter.minRisk === filter.maxRisk;
  for (const property of filterProperties) {
    if (property.key === "risk" && exactRisk) {
      tokens.push({ propertyKey: "risk", operator: "=", value: filter.minRisk ?? "" });
      continue;
    }
    for (const [operator, key] of Object.entries(property.operators)) {
      if (property.key === "risk" && operator === "=") continue;
      const value = filter[key];
      if (value) tokens.push({ propertyKey: property.key, operator, value });
    }
  }
  return tokens;
}

function isRisk(value: string): boolean {
  return /^([0-9]|10)$/.test(value);
}

// A day alone means its start in the viewer's zone; the API wants an instant.
function instantOf(value: string): string | undefined {
  const dayOnly = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const time = new Date(dayOnly ? `${value}T00:00:00` : value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function setToken(filter: ObjectFilter, token: FilterToken): boolean {
  const property = filterProperties.find((known) => known.key === token.propertyKey);
  const key = property?.operators[token.operator as FilterOperator];
  let value: string | undefined = token.value.trim();
  if (!property || !key || !value) return false;
  if (property.key === "risk" && !isRisk(value)) return false;
  if (property.key === "time") value = instantOf(value);
  if (!value) return false;
  filter[key] = value;
  if (property.key === "risk" && token.operator === "=") filter.maxRisk = value;
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

export interface ObjectsQuery {
  account?: string;
  bucket?: string;
  prefix?: string;
  outcome?: "classified" | "skipped" | "failed";
  reason?: string;
  minRisk?: number;
  maxRisk?: number;
  piiType?: string;
  piiImpact?: "none" | "low" | "moderate" | "high";
  theme?: string;
  since?: string;
  until?: string;
  order: ObjectOrder;
  limit: number;
  nextToken?: string;
}

// The address may hold anything: what the API would refuse is left for it to refuse and explain.
export function apiQuery(
  filter: ObjectFilter,
  order: ObjectOrder,
  limit: number,
  nextToken?: string,
): ObjectsQuery {
  const { minRisk, maxRisk, outcome, piiImpact, ...texts } = filter;
  return {
    ...texts,
    ...(outcome && { outcome: outcome as ObjectsQuery["outcome"] }),
    ...(piiImpact && { piiImpact: piiImpact as ObjectsQuery["piiImpact"] }),
    ...(minRisk !== undefined && { minRisk: Number(minRisk) }),
    ...(maxRisk !== undefined && { maxRisk: Number(maxRisk) }),
    order,
    limit,
    ...(nextToken && { nextToken }),
  };
}
