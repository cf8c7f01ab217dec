import { DEFAULT_SOURCE } from "../../config/connection_parameters.ts";
import { displayWidth, printable } from "../../report/styled_text/display_width.ts";
import { wrapWords } from "../wrap_words.ts";
import type { EffectiveConfig, EffectiveModule, EffectiveServer } from "./effective_config.ts";
import type { EffectiveParameter } from "./effective_connection.ts";

/** Columns of a default terminal. */
const CONFIG_WIDTH = 80;
/** Stands for a missing value. */
const UNSET = "-";

/** Parameters that are always shown. */
const ALWAYS_SHOWN: readonly string[] = ["host", "port", "dbname", "user", "password", "sslmode"];
/** Files that are used when they exist; shown only then. */
const SHOWN_IF_FOUND: readonly string[] = ["sslrootcert", "sslcert", "sslkey"];

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

function wrapConfig(text: string, indent: number): readonly string[] {
  return wrapWords(text, { width: CONFIG_WIDTH, indent });
}

/** Rows of name, value and source; a source that does not fit is put below its value. */
function layRows(
  rows: readonly (readonly [name: string, value: string, source: string])[],
  indent: number,
): readonly string[] {
  const shown = rows.map((row) => row.map(printable));
  const nameWidth = Math.max(...shown.map(([name = ""]) => displayWidth(name)));
  const column = indent + nameWidth + 2;
  const hasRoom = (valueWidth: number, source: string) =>
    column + valueWidth + 2 + displayWidth(source) <= CONFIG_WIDTH;
  const isAligned = (valueWidth: number, [, value = "", source = ""]: readonly string[]) =>
    displayWidth(value) <= valueWidth && hasRoom(valueWidth, source);
  // The width of values that aligns most sources.
  const { valueWidth } = shown.map(([, value = ""]) => displayWidth(value)).toSorted((a, b) => a - b)
    .map((valueWidth) => ({ valueWidth, count: shown.filter((row) => isAligned(valueWidth, row)).length }))
    .reduce((best, each) => each.count > best.count ? each : best, { valueWidth: 0, count: 0 });
  return shown.flatMap(([name = "", value = "", source = ""]) => {
    const head = `${" ".repeat(indent)}${pad(name, nameWidth)}  `;
    const width = Math.max(valueWidth, displayWidth(value));
    if (hasRoom(width, source)) return [`${head}${pad(value, width)}  ${source}`];
    if (hasRoom(displayWidth(value), source)) return [`${head}${value}  ${source}`];
    return [head + value, ...wrapConfig(`from ${source}`, column)];
  });
}

/** Rows as aligned columns; the last column is not padded. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => displayWidth(row[column] ?? "")))
  );
  return rows.map((row) =>
    `  ${
      row.map((cell, column) => column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)).join("  ")
    }`
  );
}

function isShown({ name, value, source }: EffectiveParameter): boolean {
  return source !== DEFAULT_SOURCE || ALWAYS_SHOWN.includes(name) ||
    (SHOWN_IF_FOUND.includes(name) && value !== null);
}

/** A connection with the parameters that are shown; `about` follows its source. */
function layConnection(
  { name, source, parameters }: EffectiveServer | EffectiveModule,
  about: readonly string[],
): readonly string[] {
  const rows = parameters.filter(isShown).map((each) =>
    [each.name, each.value ?? UNSET, each.source] as const
  );
  const [first = "", ...rest] = wrapConfig([`from ${source}`, ...about].join(", "), 4);
  return [`  ${printable(name)}`, first, ...rest, ...layRows(rows, 4)];
}

/** The defaults of parameters that are not shown, each once. */
function layDefaults(connections: readonly (EffectiveServer | EffectiveModule)[]): readonly string[] {
  const defaults = new Set(
    connections.flatMap(({ parameters }) =>
      parameters.filter((each) => !isShown(each) && each.value !== null)
        .map(({ name, value }) => `${name}=${printable(value ?? "")}`)
    ),
  );
  return defaults.size === 0
    ? []
    : wrapConfig(`Defaults of other parameters: ${[...defaults].join(", ")}`, 2);
}

function titledBlock(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

/** The effective configuration as text of 80 columns, except for longer words. */
export function renderEffectiveConfig(effective: EffectiveConfig): string {
  const { file, settings, clusters, servers, probe } = effective;
  const modules = probe?.modules ?? [];
  const blocks = (parts: readonly (readonly string[])[]) =>
    parts.flatMap((part, index) => index === 0 ? part : ["", ...part]);
  return [
    `Configuration file: ${printable(file ?? "none")}`,
    ...titledBlock(
      "Servers",
      servers.length === 0 ? [] : blocks([
        ...servers.map((each) =>
          layConnection(each, [
            each.cluster === "" ? "no cluster" : `cluster ${each.cluster}`,
            ...Object.entries(each.labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
          ])
        ),
        layDefaults(servers),
      ]),
    ),
    ...titledBlock(
      "Clusters",
      clusters.length === 0 ? [] : table([
        ["NAME", "EXPECTED STANDBYS", "DISCOVERY"],
        ...clusters.map((each) => [
          each.name,
          `${each.expectedStandbys}${each.areDiscoveredExpected ? " and discovered ones" : ""}`,
          each.discoverStandbys ? "on" : "off",
        ]),
      ]),
    ),
    ...titledBlock(
      "Logins for /probe",
      modules.length === 0
        ? []
        : blocks([...modules.map((each) => layConnection(each, [])), layDefaults(modules)]),
    ),
    ...probe === null ? [] : [
      "",
      ...wrapConfig(`Targets of /probe: ${["the servers above", ...probe.allowedTargets].join(", ")}`, 0),
    ],
    ...titledBlock(
      "Settings",
      layRows([
        ["NAME", "VALUE", "SOURCE"],
        ...settings.map(({ name, values, source }) => [name, values.join(", ") || UNSET, source] as const),
      ], 2),
    ),
    "",
  ].join("\n");
}
