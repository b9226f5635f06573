import { useCallback, useState } from "react";

import { api, type ApiError, unwrap } from "../../api/client";
import type { Bucket } from "./resources";

export interface Estimates {
  fresh: ReadonlyMap<string, Bucket>; // newer than what the list of buckets brought
  failed: ReadonlyMap<string, string>; // why a bucket cannot be used
  busy: ReadonlySet<string>;
  take: (buckets: string[], maxAgeHours: number) => Promise<void>;
}

function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> {
  return new Map(map).set(key, value);
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> {
  const next = new Map(map);
  next.delete(key);
  return next;
}

// Takes snapshots bucket by bucket: one that cannot be listed says so, and keeps no other waiting.
export function useEstimates(account: string, region: string): Estimates {
  const [fresh, setFresh] = useState<ReadonlyMap<string, Bucket>>(new Map());
  const [failed, setFailed] = useState<ReadonlyMap<string, string>>(new Map());
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());

  const takeOne = useCallback(
    async (name: string, maxAgeHours: number) => {
      try {
        const answer = await unwrap(
          api.POST("/accounts/{account}/estimate", {
            params: { path: { account } },
            body: { region, buckets: [name], maxAgeHours },
          }),
        );
        for (const bucket of answer.buckets) setFresh((old) => put(old, bucket.bucketName, bucket));
        setFailed((old) => without(old, name));
      } catch (error) {
        setFailed((old) => put(old, name, (error as ApiError).message));
      }
      setBusy((old) => new Set([...old].filter((other) => other !== name)));
    },
    [account, region],
  );
  const take = useCallback(
    async (names: string[], maxAgeHours: number) => {
      setBusy((old) => new Set([...old, ...names]));
      for (const name of names) await takeOne(name, maxAgeHours);
    },
    [takeOne],
  );
  return { fresh, failed, busy, take };
}
