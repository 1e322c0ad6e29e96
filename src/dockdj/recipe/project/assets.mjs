// The frontend: app/apps/APP/assets/{stylesheets,scripts} become app/build/APP/NAME.css and NAME.js.
//
//   node assets.mjs build [--production]   once; production is minified
//   node assets.mjs serve                  again on every change, on :8010, with live reload
//
// Names that start with _ are parts of others. Django's collectstatic gives the results hashed names.
import { globSync, mkdirSync, rmSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const ROOT = import.meta.dirname;
const APPS = path.join(ROOT, "app/apps");
const BUILD = path.join(ROOT, "app/build");
const PORT = 8010;
const STATIC = "/static/";
// Where a content delivery network fetches what it does not have.
const ORIGIN = "http://django:8080";
const NEW_FILES_MILLISECONDS = 1000;
const FILES = [".gif", ".jpg", ".png", ".svg", ".webp", ".woff2"];

const scss = {
  name: "scss",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, ({ path: file }) => {
      try {
        const { css, sourceMap, loadedUrls } = sass.compile(file, {
          loadPaths: [APPS],
          sourceMap: true,
          sourceMapIncludeSources: true,
        });
        const map = Buffer.from(JSON.stringify(sourceMap)).toString("base64");
        return {
          contents: `${css}\n/*# sourceMappingURL=data:application/json;base64,${map} */`,
          loader: "css",
          resolveDir: path.dirname(file),
          watchFiles: loadedUrls.map((url) => fileURLToPath(url)),
        };
      } catch (error) {
        const seen = error.span?.url ? [fileURLToPath(error.span.url)] : [];
        return { errors: [{ text: error.message }], watchFiles: [file, ...seen] };
      }
    });
  },
};

function entries() {
  const found = globSync(["*/assets/stylesheets/**/*.{css,scss}", "*/assets/scripts/**/*.js"], { cwd: APPS }).sort();
  return found
    .filter((file) => !path.basename(file).startsWith("_"))
    .map((file) => {
      const [app, , , ...rest] = file.split(path.sep);
      return { in: path.join(APPS, file), out: path.join(app, rest.join("/").replace(/\.\w+$/, "")) };
    });
}

function options({ production = false, reload = false } = {}) {
  return {
    entryPoints: entries(),
    outdir: BUILD,
    outbase: APPS,
    absWorkingDir: ROOT,
    assetNames: "[dir]/[name]",
    bundle: true,
    // Addresses of Django's own static files are left to collectstatic.
    external: [`${STATIC}*`],
    format: "iife",
    inject: reload ? [path.join(ROOT, "docker/assets/live-reload.js")] : [],
    loader: Object.fromEntries(FILES.map((suffix) => [suffix, "file"])),
    logLevel: "info",
    minify: production,
    plugins: [scss],
    sourcemap: true,
    target: ["es2022", "chrome109", "firefox115", "safari16"],
  };
}

function emptied(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

async function build(production) {
  emptied(BUILD);
  try {
    await esbuild.build(options({ production }));
  } catch (error) {
    // A mistake in a source has been shown by esbuild already.
    if (!error.errors) throw error;
    process.exit(1);
  }
}

async function serve() {
  emptied(BUILD);
  let { context, port, names } = await watched();
  const server = http.createServer((request, response) => answer(request, response, port));
  server.listen(PORT, () => console.log(`assets: http://localhost:${PORT}${STATIC}`));
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
  for (let failed = false; ; ) {
    await setTimeout(NEW_FILES_MILLISECONDS);
    if (JSON.stringify(entries()) === names) continue;
    try {
      const before = context;
      ({ context, port, names } = await watched());
      failed = false;
      await before.dispose();
    } catch (error) {
      // Once may be chance, and the next look is near. Twice in a row it is esbuild itself that has ended.
      if (failed) throw error;
      failed = true;
      console.error(`assets: ${error.message}`);
    }
  }
}

async function watched() {
  // What is made from here on is new at the next look.
  const names = JSON.stringify(entries());
  const context = await esbuild.context(options({ reload: true }));
  await context.watch();
  const { port } = await context.serve({ host: "127.0.0.1", servedir: BUILD });
  return { context, port, names };
}

// What esbuild has, else what the application has: as a content delivery network in front of it would.
function answer(request, response, port) {
  const own = request.url.startsWith(STATIC) ? request.url.slice(STATIC.length - 1) : request.url;
  ask(`http://127.0.0.1:${port}${own}`, request, response, () => {
    if (!request.url.startsWith(STATIC)) return end(response, 404);
    ask(ORIGIN + request.url, request, response, () => end(response, 404));
  });
}

function ask(address, request, response, missing) {
  const headers = { ...request.headers, host: "localhost" };
  const asked = http.request(address, { method: request.method, headers }, (answered) => {
    if (answered.statusCode === 404) {
      answered.resume();
      return missing();
    }
    response.writeHead(answered.statusCode, { ...answered.headers, "access-control-allow-origin": "*" });
    answered.pipe(response);
  });
  asked.on("error", () => end(response, 502));
  response.on("close", () => asked.destroy());
  asked.end();
}

function end(response, status) {
  if (!response.headersSent) response.writeHead(status, { "content-type": "text/plain" });
  response.end(http.STATUS_CODES[status]);
}

const [command, ...flags] = process.argv.slice(2);
if (command === "build") await build(flags.includes("--production"));
else if (command === "serve") await serve();
else {
  console.error("usage: node assets.mjs build [--production] | serve");
  process.exit(2);
}
