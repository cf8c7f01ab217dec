/**
 * The rules of this repository as functions: facts in, violations as sentences out.
 *
 * @module
 */
import { type ModuleFacts, resolveRelative, type TextFile } from "./source_tree.ts";

/** Layers that each layer builds on, as in DESIGN section 3; indirect ones are allowed too. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  metrics: [],
  exposition: ["metrics"],
  config: ["domain"],
  postgres: ["domain", "config"],
  collectors: ["domain", "metrics", "postgres"],
  cluster: ["domain", "metrics"],
  consistency: ["domain", "metrics", "postgres", "cluster"],
  databases: ["domain", "metrics", "postgres", "cluster"],
  scrape: ["collectors", "cluster", "consistency", "databases"],
  report: ["domain", "cluster"],
  web: ["scrape", "report", "exposition"],
  cli: ["web", "config"],
  std: [],
};

/** Layers that a layer may import, directly or indirectly. */
export function allowedLayers(layer: string): ReadonlySet<string> {
  const allowed = new Set<string>([layer]);
  for (const name of allowed) for (const next of ARROWS[name] ?? []) allowed.add(next);
  return allowed;
}

function layerOf(path: string): string | null {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** Imports of a layer that is not below, of the driver outside `postgres/`, and of a stand-in by its path. */
export function checkLayers(module: ModuleFacts): readonly string[] {
  const layer = layerOf(module.path);
  if (layer === null) return module.path.startsWith("src/") ? [`${module.path} is in no layer`] : [];
  if (!(layer in ARROWS)) return [`${module.path}: "${layer}" is no layer of DESIGN section 3`];
  const violations: string[] = [];
  for (const { specifier } of module.imports) {
    const target = resolveRelative(module.path, specifier);
    if (target === null) {
      if (specifier === "postgres" && layer !== "postgres") {
        violations.push(`${module.path} imports the driver: only src/postgres/ may`);
      }
      if (/^(npm|jsr|https?):|^\//.test(specifier) || specifier === "(computed)") {
        violations.push(`${module.path} imports "${specifier}": name it in deno.json`);
      }
      continue;
    }
    const to = layerOf(target);
    if (to === null) violations.push(`${module.path} imports ${target}, which is outside the layers`);
    else if (to === "std" && layer !== "std") {
      violations.push(`${module.path} imports ${target}: import the standard library by its @std name`);
    } else if (!allowedLayers(layer).has(to)) {
      violations.push(`${module.path} imports ${target}: ${layer} does not build on ${to}`);
    }
  }
  return violations;
}

/** `@std/log` in more than one module of `src`: it is frozen, so that replacing it must only change one file. */
export function checkLogImports(modules: readonly ModuleFacts[]): readonly string[] {
  const users = modules.filter(({ path, imports }) =>
    path.startsWith("src/") && !path.startsWith("src/std/") &&
    imports.some(({ specifier }) => specifier === "@std/log")
  ).map(({ path }) => path);
  return users.length > 1
    ? [`@std/log is imported by ${users.join(" and ")}: only one file may import it`]
    : [];
}

/** Access to the process outside the composition root and the commands. */
export function checkProcess(module: ModuleFacts): readonly string[] {
  if (!module.path.startsWith("src/") || module.path.startsWith("src/cli/")) return [];
  const banned = ["Deno.args", "Deno.env", "Deno.exit", "process.env", "process.argv", "process.exit"];
  return module.globals.filter((name) => banned.includes(name))
    .map((name) => `${module.path} uses ${name}: only main.ts and src/cli/ may`);
}

/** Casts and `any`, outside the one file that decodes the driver's values. */
export function checkCasts(module: ModuleFacts): readonly string[] {
  if (module.path === "src/postgres/decode.ts") return [];
  return module.casts.map((cast) => `${module.path} casts: ${cast}`);
}

/** Default exports, and re-exports other than `mod.ts` of a stand-in. */
export function checkExports(module: ModuleFacts): readonly string[] {
  const violations: string[] = [];
  if (module.exports.includes("default")) violations.push(`${module.path} has a default export`);
  if (module.exports.includes("*") && !/^src\/std\/[a-z]+\/mod\.ts$/.test(module.path)) {
    violations.push(`${module.path} re-exports everything of a module`);
  }
  return violations;
}

/**
 * Exports of `src` that neither another module of the program nor the module itself uses.
 *
 * @param modules Every module.
 */
export function checkDeadExports(modules: readonly ModuleFacts[]): readonly string[] {
  const used = new Set<string>();
  for (const { path, imports } of modules) {
    if (path.startsWith("tests/")) continue;
    for (const { specifier, names } of imports) {
      const target = resolveRelative(path, specifier);
      for (const name of target === null ? [] : names) used.add(`${target} ${name}`);
    }
  }
  const sources = modules.filter(({ path }) => path.startsWith("src/") && !path.startsWith("src/std/"));
  return sources.flatMap((module) =>
    module.exports
      .filter((name) => !used.has(`${module.path} ${name}`) && !used.has(`${module.path} *`))
      .filter((name) => (module.identifiers.get(name) ?? 0) < 2)
      .map((name) => `${module.path} ${name} is exported, but the program does not use it`)
  );
}

/**
 * Source files without the test that mirrors their path, unless they hold only types and tables or are excused.
 *
 * A stand-in is tested as the package it replaces: by a test in `tests/std/` that imports `@std/NAME`.
 */
export function checkMirrors(
  modules: readonly ModuleFacts[],
  excused: Readonly<Record<string, string>>,
): readonly string[] {
  const paths = new Set(modules.map(({ path }) => path));
  const standIns = new Set(
    modules.filter(({ path }) => path.startsWith("tests/std/"))
      .flatMap(({ imports }) => imports.map(({ specifier }) => specifier.replace(/^@std\//, ""))),
  );
  const untested = modules.filter(({ path, hasCode }) => path.startsWith("src/") && hasCode)
    .map(({ path }) => path)
    .filter((path) => !paths.has(path.replace(/^src\//, "tests/").replace(/\.ts$/, "_test.ts")))
    .filter((path) => !standIns.has(/^src\/std\/([^/]+)\//.exec(path)?.[1] ?? ""));
  const stale = Object.keys(excused).filter((path) => !untested.includes(path));
  return [
    ...untested.filter((path) => !(path in excused)).map((path) => `${path} has no mirror test`),
    ...stale.map((path) => `${path} is excused from a mirror test without need`),
  ];
}

/** Folders of `src` in which no file describes the folder. */
export function checkModuleDocs(modules: readonly ModuleFacts[]): readonly string[] {
  const documented = new Map<string, boolean>();
  for (const { path, hasModuleDoc } of modules) {
    if (!path.startsWith("src/")) continue;
    const folder = path.replace(/[^/]*$/, "");
    documented.set(folder, (documented.get(folder) ?? false) || hasModuleDoc);
  }
  return [...documented].filter(([, has]) => !has).map(([folder]) => `${folder} has no @module paragraph`);
}

/** Longest file, in lines. */
const MAX_LINES = 400;

/** Source files that are too long. */
export function checkLength(file: TextFile): readonly string[] {
  if (!/\.(ts|sh|py)$|^\.ci\/run$/.test(file.path)) return [];
  const lines = file.text.split("\n").length - 1;
  return lines > MAX_LINES ? [`${file.path} has ${lines} lines: split it, the limit is ${MAX_LINES}`] : [];
}

// Spelled in pieces, so that this file does not break its own rule.
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  ...[
    ["registry", "npmjs", "org"],
    ["registry", "yarnpkg", "com"],
    ["jsr", "io"],
    ["pypi", "org"],
    ["pythonhosted", "org"],
    ["deb", "debian", "org"],
    ["dl", "deno", "land"],
    ["proxy", "golang", "org"],
  ].map((host) => [new RegExp(`\\b${host.join("\\.")}\\b`, "i"), `the host ${host.join(".")}`] as const),
  [new RegExp("(^|[^\\w./-])/" + "(work|root)/"), "a path of one machine"],
  [new RegExp("/tmp/" + "exp\\b"), "a path of one machine"],
  [new RegExp("\\b(FIX" + "ME|TO" + "DO|X" + "XX)\\b"), "an unfinished place"],
];

/** Hosts and paths that exist only on some machines, and unfinished places. */
export function checkForbiddenText(file: TextFile): readonly string[] {
  return file.text.split("\n").flatMap((line, index) =>
    FORBIDDEN.filter(([pattern]) => pattern.test(line))
      .map(([, what]) => `${file.path}:${index + 1} has ${what}: ${line.trim().slice(0, 100)}`)
  );
}
