import { defineConfig } from "@playwright/test";

// Run by tests/console/test_console.py, which starts the service that ASSAY_ADDRESS names.
export default defineConfig({
  testDir: "e2e",
  testMatch: process.env.ASSAY_PICTURES ? "pictures.ts" : (process.env.ASSAY_SPECS ?? "*.spec.ts"),
  workers: 1, // one service, whose state the tests build up in order
  fullyParallel: false,
  retries: 0,
  timeout: 45_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    baseURL: process.env.ASSAY_ADDRESS,
    viewport: { width: 1280, height: 900 },
    locale: "en-US",
    timezoneId: "America/New_York",
    trace: "off",
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
