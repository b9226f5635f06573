import type { paths, components } from "../../api/schema";

export type Outcome = components["schemas"]["Outcome"];
export type Reason = paths["/reasons"]["get"]["responses"]["200"]["content"]["application/json"]["reasons"][number];

export interface ReasonRow extends Reason {
  objects: number;
}

// What was not classified by outcome and reason, the most frequent first. A reason that the service
// does not explain (it may be newer than this page) is shown all the same.
export function reasonRows(outcomes: Outcome[], reasons: Reason[]): ReasonRow[] {
  const rows = new Map<string, ReasonRow>();
  for (const { outcome, reason, objects } of outcomes) {
    if (outcome === "classified" || objects === 0) continue;
    const id = `${outcome} ${reason}`;
    const known = reasons.find((one) => one.reason === reason);
    const row = rows.get(id) ?? {
      ...(known ?? { retryable: false, meaning: "", remedy: "" }),
      reason,
      outcome: outcome as Reason["outcome"],
      objects: 0,
    };
    rows.set(id, { ...row, objects: row.objects + objects });
  }
  return [...rows.values()].sort((a, b) => b.objects - a.objects || a.reason.localeCompare(b.reason));
}
