import { defineConfig } from "vite";

// `npm run dev` serves the page with reloading and passes everything else to a Tidewire server.
const server = process.env["TIDEWIRE_SERVER"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  build: { target: "es2021", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { "/api": server, "/connection": { target: server, ws: true } } },
});
