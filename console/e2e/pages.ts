// Every page of the console: its address and what is on it once its data is there.
import type { Page } from "@playwright/test";

import { master, member } from "./support";

export interface ConsolePage {
  name: string; // of its picture in docs/images
  path: string | ((page: Page) => Promise<string>);
  heading: string | RegExp;
  ready?: string | RegExp; // text of its data
}

// The page of the riskiest object, whatever that is.
async function riskiestObject(page: Page): Promise<string> {
  const answer = await page.request.get("/api/v1/objects?order=risk&limit=1");
  const { objects } = (await answer.json()) as { objects: { accountId: string; bucket: string; key: string }[] };
  const object = objects[0];
  if (!object) throw new Error("nothing is classified");
  return `/objects/view?${new URLSearchParams({ account: object.accountId, bucket: object.bucket, key: object.key })}`;
}

export const pages: ConsolePage[] = [
  { name: "dashboard", path: "/dashboard", heading: "Dashboard" },
  { name: "objects", path: "/objects", heading: "Objects", ready: "customers" },
  { name: "object", path: riskiestObject, heading: /./ },
  { name: "not-classified", path: "/not-classified", heading: "Not classified" },
  { name: "buckets", path: "/buckets", heading: /^(S3 )?[Bb]uckets/, ready: "customers" },
  { name: "bucket", path: `/buckets/${master}/customers`, heading: "customers", ready: "a directory has no ACL" },
  { name: "accounts", path: "/integrations/accounts", heading: "Integrations", ready: member },
  { name: "services", path: `/integrations/services?account=${master}`, heading: "Integrations", ready: "Amazon S3" },
  {
    name: "selected-buckets",
    path: `/integrations/services/${master}/s3`,
    heading: "Selected S3 buckets and prefixes",
    ready: "customers",
  },
  {
    name: "select-buckets",
    path: `/integrations/services/${master}/s3/edit`,
    heading: "Select S3 buckets for Macie to monitor",
    ready: "customers",
  },
  { name: "fleet", path: "/fleet", heading: "Fleet", ready: "This service does everything itself" },
  { name: "settings", path: "/settings/content-types", heading: "Settings", ready: "application/" },
  { name: "enable", path: "/enable", heading: "Enable", ready: "Access that is needed" },
];

export async function open(page: Page, wanted: ConsolePage): Promise<void> {
  const path = typeof wanted.path === "string" ? wanted.path : await wanted.path(page);
  await page.goto(path);
  await page.getByRole("heading", { name: wanted.heading, level: 1 }).first().waitFor({ timeout: 10_000 });
  if (wanted.ready) await page.getByText(wanted.ready).first().waitFor({ timeout: 10_000 });
  await page.waitForLoadState("networkidle");
}
