// What is chosen on "Select S3 buckets for Macie to monitor", and what saving it has to do.
import type { Schemas } from "../../api/client";

export const kMaxResources = 250; // buckets and prefixes of an account

export interface Choice {
  bucketName: string;
  prefix: string; // "" = the whole bucket
  classifyAll: boolean;
}

// Chosen buckets and prefixes by bucket; a bucket without choices is absent.
export type Selection = ReadonlyMap<string, readonly Choice[]>;

export interface Changes {
  add: Choice[];
  update: Choice[]; // Classify all was checked or unchecked
  remove: Choice[];
}

export interface Totals {
  buckets: number;
  missing: number; // buckets without a snapshot, which the sums leave out
  totalSize: bigint;
  totalProcessed: bigint;
  totalCostEstimate: string; // dollars
}

export function selectionOf(resources: Schemas["Resource"][]): Selection {
  const selection = new Map<string, Choice[]>();
  for (const { bucketName, prefix, oneTime } of resources) {
    const choices = selection.get(bucketName) ?? [];
    choices.push({ bucketName, prefix, classifyAll: oneTime === "FULL" });
    selection.set(bucketName, choices);
  }
  return selection;
}

function withBucket(selection: Selection, bucketName: string, choices: Choice[]): Selection {
  const next = new Map(selection);
  if (choices.length > 0) next.set(bucketName, choices);
  else next.delete(bucketName);
  return next;
}

export function isClassifiedWhole(selection: Selection, bucketName: string): boolean {
  const choices = selection.get(bucketName) ?? [];
  return choices.length > 0 && choices.every((choice) => choice.classifyAll);
}

// Chooses `prefixes` of a bucket ("" = all of it) and nothing else of it; Classify all stays as it is.
export function choose(selection: Selection, bucketName: string, prefixes: string[]): Selection {
  const classifyAll = isClassifiedWhole(selection, bucketName);
  const before = new Map(selection.get(bucketName)?.map((choice) => [choice.prefix, choice]));
  const choices = [...new Set(prefixes)]
    .sort()
    .map((prefix) => before.get(prefix) ?? { bucketName, prefix, classifyAll });
  return withBucket(selection, bucketName, choices);
}

// Checks or unchecks Classify all; a bucket that is not chosen yet is chosen whole.
export function classifyAll(selection: Selection, bucketName: string, checked: boolean): Selection {
  const choices = selection.get(bucketName) ?? [{ bucketName, prefix: "", classifyAll: checked }];
  return withBucket(
    selection,
    bucketName,
    choices.map((choice) => ({ ...choice, classifyAll: checked })),
  );
}

export function countOf(selection: Selection): number {
  let count = 0;
  for (const choices of selection.values()) count += choices.length;
  return count;
}

export function changesBetween(before: Selection, after: Selection): Changes {
  const changes: Changes = { add: [], update: [], remove: [] };
  for (const [bucketName, choices] of after) {
    const old = new Map(before.get(bucketName)?.map((choice) => [choice.prefix, choice]));
    for (const choice of choices) {
      const known = old.get(choice.prefix);
      if (!known) changes.add.push(choice);
      else if (known.classifyAll !== choice.classifyAll) changes.update.push(choice);
    }
  }
  for (const [bucketName, choices] of before) {
    const kept = new Set(after.get(bucketName)?.map((choice) => choice.prefix));
    changes.remove.push(...choices.filter((choice) => !kept.has(choice.prefix)));
  }
  return changes;
}

export function isEmpty(changes: Changes): boolean {
  return changes.add.length + changes.update.length + changes.remove.length === 0;
}

function centsOf(dollars: string): bigint {
  return BigInt(dollars.replace(".", ""));
}

// Sums of the buckets with Classify all, each bucket once however many of its prefixes are chosen:
// estimates are per bucket, never per prefix (C4).
export function totalsOf(selection: Selection, buckets: ReadonlyMap<string, Schemas["Bucket"]>): Totals {
  const totals = { buckets: 0, missing: 0, totalSize: 0n, totalProcessed: 0n };
  let cents = 0n;
  for (const [bucketName, choices] of selection) {
    if (!choices.some((choice) => choice.classifyAll)) continue;
    totals.buckets += 1;
    const bucket = buckets.get(bucketName);
    if (bucket?.totalProcessed === undefined) {
      totals.missing += 1;
      continue;
    }
    totals.totalSize += BigInt(bucket.totalSize ?? 0);
    totals.totalProcessed += BigInt(bucket.totalProcessed);
    cents += centsOf(bucket.totalCostEstimate ?? "0.00");
  }
  const digits = cents.toString().padStart(3, "0");
  return { ...totals, totalCostEstimate: `${digits.slice(0, -2)}.${digits.slice(-2)}` };
}
