import { defineConfig } from "vite";

// `npm run dev` serves the public page with reloading and passes everything else to a Tidewire server; `npm run dev:console` does the same
// with the operators' console and their listener.
const server = process.env["TIDEWIRE_SERVER"] ?? "http://127.0.0.1:8000";
const admin = process.env["TIDEWIRE_ADMIN"] ?? "http://127.0.0.1:8001";

// What belongs to the console alone stands in console/: the public listener serves nothing from there.
const place = (name = "") => `${name.includes("console") ? "console" : "assets"}/[name]-[hash]`;

export default defineConfig(({ mode }) => ({
  base: "./",
  build: {
    target: "es2021",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: ["index.html", "console.html"],
      output: {
        entryFileNames: ({ name }) => `${place(name)}.js`,
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: ({ name }) => `${place(name)}[extname]`,
      },
    },
  },
  server: {
    proxy:
      mode === "console"
        ? { "/api": admin, "/metrics": admin, "/readyz": admin }
        : { "/api": server, "/connection": { target: server, ws: true } },
  },
}));
