// What the dashboard computes from the figures of the API, and the list behind each figure.
import type { paths } from "../../api/schema";
import { objectsLink, type ObjectFilter } from "../Objects/objectFilter";

export type Figures = paths["/dashboard"]["get"]["responses"]["200"]["content"]["application/json"];
export type Outcome = Figures["outcomes"][number];

export interface Scope {
  account: string; // "" = all
  minRisk: number;
}

function within(scope: Scope, filter: ObjectFilter): ObjectFilter {
  return { ...(scope.account && { account: scope.account }), ...filter };
}

// The list behind a figure that does not depend on the minimum risk.
export function listLink(scope: Scope, filter: ObjectFilter): string {
  return objectsLink(within(scope, filter));
}

// The list behind a figure that counts objects of at least the minimum risk only.
export function riskyLink(scope: Scope, filter: ObjectFilter): string {
  return listLink(scope, { ...filter, ...(scope.minRisk > 0 && { minRisk: String(scope.minRisk) }) });
}

export function riskLink(scope: Scope, risk: number): string {
  return listLink(scope, { outcome: "classified", minRisk: String(risk), maxRisk: String(risk) });
}

export function dayLink(scope: Scope, day: string): string {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 24 * 3600 * 1000).toISOString();
  return listLink(scope, { since: `${day}T00:00:00.000Z`, until: next });
}

export function sumOf(outcomes: Outcome[], outcome: string): { objects: number; bytes: number } {
  const rows = outcomes.filter((row) => row.outcome === outcome);
  return {
    objects: rows.reduce((sum, row) => sum + row.objects, 0),
    bytes: rows.reduce((sum, row) => sum + row.bytesClassified, 0),
  };
}

// Money adds up in whole cents, as it is printed.
export function sumOfDollars(amounts: string[]): string {
  const cents = amounts.reduce((sum, amount) => sum + BigInt(amount.replace(".", "")), 0n);
  const digits = cents.toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export interface Day {
  day: string;
  objects: number;
  bytesClassified: number;
}

const kDays = 31;

// The last 31 days up to `today`, those without a record too.
export function allDays(days: Day[], today: Date): Day[] {
  const known = new Map(days.map((day) => [day.day, day]));
  return Array.from({ length: kDays }, (_, index) => {
    const at = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - (kDays - 1 - index));
    const day = new Date(at).toISOString().slice(0, 10);
    return known.get(day) ?? { day, objects: 0, bytesClassified: 0 };
  });
}
