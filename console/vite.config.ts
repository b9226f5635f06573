import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

// The service during development; the built console is served by the service itself.
const service = loadEnv("", ".", "ASSAY_").ASSAY_ADDRESS ?? "http://127.0.0.1:8765";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // The Content-Security-Policy allows neither inline scripts nor data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { "/api": service } },
});
