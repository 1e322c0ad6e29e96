// The frontend's part of the quality gate. checks.py beside the Dockerfile judges what is written here.
//
//   node checks.mjs record FOLDER    runs every check, writes NAME.log and NAME.json, never fails;
//                                    npm.json names the packages that are installed: {name: version}
//   node checks.mjs now [NAME...]    runs checks here and shows what they say; exit code 1 when one fails
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");
const CHECKS = {
  biome: ["npx", "biome", "ci", "--colors=off", "--error-on-warnings", "."],
  assets: ["node", "assets.mjs", "build", "--production"],
};

function run(name, stdio) {
  const [program, ...words] = CHECKS[name];
  const started = performance.now();
  const ended = spawnSync(program, words, { cwd: ROOT, stdio, encoding: "utf8" });
  const seconds = Math.round(performance.now() - started) / 1000;
  const exit = ended.status ?? 1;
  return { exit, seconds, said: `${ended.stdout ?? ""}${ended.stderr ?? ""}${ended.error ?? ""}` };
}

// By npm's own list of what it installed here; a package inside another one's folder goes by its path. A package under
// another name than its own has the version that `npm ls` writes: npm:NAME@VERSION.
function installed() {
  const list = path.join(ROOT, "node_modules/.package-lock.json");
  const { packages } = existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : { packages: {} };
  const found = Object.entries(packages).map(([place, { name, version }]) => {
    const topmost = place.lastIndexOf("node_modules/") === 0;
    const alias = name && place.includes("node_modules/") && !place.endsWith(`node_modules/${name}`);
    return [topmost ? place.slice("node_modules/".length) : place, alias ? `npm:${name}@${version}` : version];
  });
  return Object.fromEntries(found.sort());
}

function record(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "npm.json"), JSON.stringify(installed()));
  for (const [name, command] of Object.entries(CHECKS)) {
    const { exit, seconds, said } = run(name, "pipe");
    writeFileSync(path.join(folder, `${name}.log`), said);
    writeFileSync(
      path.join(folder, `${name}.json`),
      JSON.stringify({ name, command: command.join(" "), exit, seconds }),
    );
  }
}

function now(names) {
  const wanted = names.length ? names : ["biome"];
  const failed = wanted.filter((name) => run(name, "inherit").exit !== 0);
  if (failed.length) console.log(`check failed: ${failed.join(", ")}`);
  return failed.length ? 1 : 0;
}

const [command, ...words] = process.argv.slice(2);
if (command === "record") record(words[0]);
else process.exit(now(words));
