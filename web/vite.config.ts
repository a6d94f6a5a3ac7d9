import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Two pages, each with its own scripts: the Studio, and GraphiQL, which is twenty times as large. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The server puts a nonce of its own in this place each time it serves a page.
  html: { cspNonce: "PUNCHIN_NONCE" },
  server: { proxy: { "/graphql": { target: "http://127.0.0.1:4000", ws: true } } },
  worker: { format: "es" },
  build: {
    outDir: "../dist/web",
    // The pages are built one by one, see build.mjs.
    emptyOutDir: false,
    // Audio and fonts inside a script would count against the first load.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5_000,
  },
});
