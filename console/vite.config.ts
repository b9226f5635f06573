import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { loadEnv, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The service during development; the built console is served by the service itself.
const service = loadEnv("", ".", "ASSAY_").ASSAY_ADDRESS ?? "http://127.0.0.1:8765";

// Cloudscape's style sheet carries its fonts as data: addresses, which the Content-Security-Policy
// forbids and which every viewer would load. As files they are loaded when they are needed.
function fontsAsFiles(): Plugin {
  return {
    name: "fonts-as-files",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const asset of Object.values(bundle)) {
        if (asset.type !== "asset" || !asset.fileName.endsWith(".css")) continue;
        asset.source = String(asset.source).replace(
          /url\(["']?data:font\/woff2;base64,([A-Za-z0-9+/=]+)["']?\)/g,
          (_match, base64: string) => {
            const font = this.emitFile({ type: "asset", name: "font.woff2", source: Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) });
            return `url(/${this.getFileName(font)})`;
          },
        );
      }
    },
  };
}

// Puts a .gz and a .br beside what is worth compressing; the service serves what the browser takes.
function compressed(): Plugin {
  return {
    name: "compressed",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!/\.(js|css|html)$/.test(fileName)) continue;
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          const brotli = brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: source.length } });
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) });
          this.emitFile({ type: "asset", fileName: `${fileName}.br`, source: brotli });
        }
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), fontsAsFiles(), compressed()],
  build: {
    target: "es2022",
    // The Content-Security-Policy allows neither inline scripts nor data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  test: { include: ["src/**/*.test.ts"] },
  server: { proxy: { "/api": service } },
});
