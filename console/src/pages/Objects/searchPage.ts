import type { Schemas } from "../../api/client";

export interface ListAnswer {
  objects: Schemas["Record"][];
  nextToken?: string;
}

// The service ends a page after a bounded amount of work, short or empty. This goes on until there
// are `wanted` objects, or no more to look at, or the time is over.
export async function searchPage(
  fetchPage: (nextToken: string | undefined, limit: number) => Promise<ListAnswer>,
  start: string | undefined,
  wanted: number,
  milliseconds: number,
  now: () => number = () => performance.now(),
): Promise<ListAnswer> {
  const end = now() + milliseconds;
  const found: Schemas["Record"][] = [];
  let token = start;
  do {
    const answer = await fetchPage(token, wanted - found.length);
    found.push(...answer.objects);
    token = answer.nextToken;
  } while (token && found.length < wanted && now() < end);
  return { objects: found, ...(token && { nextToken: token }) };
}
