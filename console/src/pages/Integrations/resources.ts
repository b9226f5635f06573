import { api, type Schemas, unwrap } from "../../api/client";

export type Bucket = Schemas["Bucket"];
export type Resource = Schemas["Resource"];

export async function loadResources(account: string, region: string): Promise<Resource[]> {
  const resources: Resource[] = [];
  let nextToken: string | undefined;
  do {
    const page = await unwrap(
      api.GET("/accounts/{account}/resources", { params: { path: { account }, query: { region, nextToken } } }),
    );
    resources.push(...page.resources);
    nextToken = page.nextToken;
  } while (nextToken);
  return resources;
}

export async function loadBuckets(account: string, region: string): Promise<Bucket[]> {
  const answer = await unwrap(
    api.GET("/accounts/{account}/buckets", { params: { path: { account }, query: { region } } }),
  );
  return answer.buckets;
}

// How many objects of each bucket have an outcome.
export async function loadOutcomeCounts(account: string): Promise<Map<string, number>> {
  const answer = await unwrap(api.GET("/outcomes", { params: { query: { account } } }));
  const counts = new Map<string, number>();
  for (const row of answer.outcomes) counts.set(row.bucket, (counts.get(row.bucket) ?? 0) + row.objects);
  return counts;
}
