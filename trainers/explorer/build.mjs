// Builds the bundle: npm install && npm run build
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const root = import.meta.dirname;
const bundle = join(root, "bundle");
const runtime = join(root, "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm");

rmSync(bundle, { recursive: true, force: true });
mkdirSync(bundle);
const pages = { explorer: "src", report: "src/report" };
for (const [page, folder] of Object.entries(pages)) {
  const [{ output }] = await build({
    root,
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      assetsInlineLimit: 0, // The explorer holds the runtime's WebAssembly once, gzipped.
      rollupOptions: { input: join(root, folder, "main.ts") },
    },
  }).then((built) => (Array.isArray(built) ? built : [built]));
  const code = output.find((chunk) => chunk.type === "chunk").code;
  const style = output.find((chunk) => chunk.fileName.endsWith(".css")).source;
  // Inside a script element, its end must not occur.
  writeFileSync(join(bundle, `${page}.js`), code.replaceAll("</script", "<\\/script"));
  writeFileSync(join(bundle, `${page}.css`), style);
  writeFileSync(join(bundle, `${page}.html`), readFileSync(join(root, folder, "page.html")));
}
writeFileSync(join(bundle, "runtime.wasm.gz"), gzipSync(readFileSync(runtime), { level: 9 }));

// A test compares this with the sources.
const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
const digests = {};
for (const name of [...sources, "build.mjs", "package.json", "package-lock.json"].sort()) {
  digests[name] = createHash("sha256").update(readFileSync(join(root, name))).digest("hex");
}
writeFileSync(join(bundle, "sources.json"), JSON.stringify(digests, null, 2) + "\n");
