import { api, unwrap } from "../../api/client";
import type { paths } from "../../api/schema";
import type { Changes, Choice } from "./selection";

type Answer = paths["/accounts/{account}/resources"]["post"]["responses"][200]["content"]["application/json"];
export type Failure = Answer["failedS3Resources"][number];

// Saves what was reviewed and tells what the service refused; everything else is done then.
// Removals go first: they make room below the limit.
export async function saveChanges(account: string, region: string, changes: Changes): Promise<Failure[]> {
  const params = { path: { account } };
  const body = (choices: Choice[]) => ({
    region,
    resources: choices.map(({ bucketName, prefix, classifyAll }) => ({
      bucketName,
      ...(prefix && { prefix }),
      oneTime: classifyAll ? ("FULL" as const) : ("NONE" as const),
      continuous: "FULL" as const,
    })),
  });
  const failures: Failure[] = [];
  if (changes.remove.length > 0) {
    const resources = changes.remove.map(({ bucketName, prefix }) => ({ bucketName, ...(prefix && { prefix }) }));
    const answer = await unwrap(
      api.POST("/accounts/{account}/resources/disassociate", { params, body: { region, resources } }),
    );
    failures.push(...answer.failedS3Resources);
  }
  if (changes.update.length > 0) {
    const answer = await unwrap(api.PATCH("/accounts/{account}/resources", { params, body: body(changes.update) }));
    failures.push(...answer.failedS3Resources);
  }
  if (changes.add.length > 0) {
    const answer = await unwrap(api.POST("/accounts/{account}/resources", { params, body: body(changes.add) }));
    failures.push(...answer.failedS3Resources);
  }
  return failures;
}
