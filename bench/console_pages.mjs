// Loads pages of the console as Lighthouse does: a browser that has seen nothing yet, its processor
// four times slower, and the network of its mobile profile ("slow 4G", applied) or none.
// Usage: node console_pages.mjs ADDRESS USER PASSWORD PATH...    Prints JSON, a line for each load.
import { createRequire } from "node:module";

const require = createRequire(new URL("../console/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const kCpuSlowdown = 4;
const kRounds = 3;
const kQuietMs = 1500; // without a long task or a request: the page is done
// Lighthouse's mobileSlow4G, in the form that is applied to the browser.
const kSlow4G = { offline: false, latency: 562.5, downloadThroughput: 1474.56 * 128, uploadThroughput: 675 * 128 };
const kArguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

function observe() {
  window.seen = { lcp: 0, tasks: [], last: performance.now() };
  const on = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  on("largest-contentful-paint", (entry) => (window.seen.lcp = entry.startTime));
  on("longtask", (entry) => window.seen.tasks.push([entry.startTime, entry.duration]));
  on("resource", () => (window.seen.last = performance.now()));
}

function figures() {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const fcp = paint ? paint.startTime : 0;
  const tasks = window.seen.tasks.filter(([start, duration]) => start + duration > fcp);
  const blocked = tasks.reduce((sum, [, duration]) => sum + Math.max(0, duration - 50), 0);
  return { fcp, lcp: window.seen.lcp, tbt: blocked };
}

async function load(browser, address, cookies, path, network) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies(cookies);
  await context.addInitScript(observe);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: kCpuSlowdown });
  if (network) await devtools.send("Network.emulateNetworkConditions", network);
  let bytes = 0;
  let requests = 0;
  devtools.on("Network.loadingFinished", (event) => {
    bytes += event.encodedDataLength;
    ++requests;
  });
  await page.goto(address + path, { waitUntil: "load", timeout: 120_000 });
  await page.waitForLoadState("networkidle", { timeout: 120_000 });
  const there = cookies.length > 0 ? page.getByRole("heading", { level: 1 }) : page.getByLabel("User name");
  await there.first().waitFor({ timeout: 60_000 });
  if (cookies.length > 0 && (await page.getByLabel("User name").count()) > 0) throw new Error(`not signed in: ${path}`);
  await page.waitForTimeout(kQuietMs);
  const result = await page.evaluate(figures);
  await context.close();
  return { ...result, bytes, requests };
}

async function signIn(browser, address, user, password) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("User name").waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1 }).waitFor();
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

const [address, user, password, ...paths] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: kArguments,
});
const cookies = await signIn(browser, address, user, password);
for (const [network, conditions] of [["none", undefined], ["slow 4G", kSlow4G]]) {
  for (const path of ["sign-in", ...paths]) {
    for (let round = 0; round < kRounds; ++round) {
      const own = path === "sign-in" ? [] : cookies;
      const result = await load(browser, address, own, path === "sign-in" ? "/" : path, conditions);
      console.log(JSON.stringify({ path, network, ...result }));
    }
  }
}
await browser.close();
