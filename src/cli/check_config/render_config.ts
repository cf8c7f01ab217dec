import { DEFAULT_SOURCE } from "../../config/connection_parameters.ts";
import { displayWidth, printable } from "../../report/styled_text/display_width.ts";
import type { EffectiveConfig, EffectiveModule, EffectiveServer } from "./effective_config.ts";
import type { EffectiveParameter } from "./effective_connection.ts";

/** Columns of a terminal that nobody has made wider. */
const WIDTH = 80;
const NOTHING = "-";

/** Parameters that are told also when nobody gave them. */
const ALWAYS: readonly string[] = ["host", "port", "dbname", "user", "password", "sslmode"];
/** Files that count by being there are told when they are. */
const FOUND: readonly string[] = ["sslrootcert", "sslcert", "sslkey"];

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/** Words in lines that fit behind an indent; a word that is longer stands alone. */
function wrapWords(text: string, indent: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && indent + displayWidth(last) + 1 + displayWidth(word) <= WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line) => " ".repeat(indent) + line);
}

/** Rows of name, value and source. Where a source does not fit it goes below its value, which then moves no other. */
function layRows(
  rows: readonly (readonly [name: string, value: string, source: string])[],
  indent: number,
): readonly string[] {
  const shown = rows.map((row) => row.map(printable));
  const nameWidth = Math.max(...shown.map(([name = ""]) => displayWidth(name)));
  const column = indent + nameWidth + 2;
  const hasRoom = (valueWidth: number, source: string) =>
    column + valueWidth + 2 + displayWidth(source) <= WIDTH;
  const isAligned = (valueWidth: number, [, value = "", source = ""]: readonly string[]) =>
    displayWidth(value) <= valueWidth && hasRoom(valueWidth, source);
  // The width with which most sources stand in one column.
  const { valueWidth } = shown.map(([, value = ""]) => displayWidth(value)).toSorted((a, b) => a - b)
    .map((valueWidth) => ({ valueWidth, count: shown.filter((row) => isAligned(valueWidth, row)).length }))
    .reduce((best, each) => each.count > best.count ? each : best, { valueWidth: 0, count: 0 });
  return shown.flatMap(([name = "", value = "", source = ""]) => {
    const head = `${" ".repeat(indent)}${pad(name, nameWidth)}  `;
    const width = Math.max(valueWidth, displayWidth(value));
    if (hasRoom(width, source)) return [`${head}${pad(value, width)}  ${source}`];
    if (hasRoom(displayWidth(value), source)) return [`${head}${value}  ${source}`];
    return [head + value, ...wrapWords(`from ${source}`, column)];
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

function isTold({ name, value, source }: EffectiveParameter): boolean {
  return source !== DEFAULT_SOURCE || ALWAYS.includes(name) || (FOUND.includes(name) && value !== null);
}

/** A connection: what was given for it, and what has to be known of any. */
function layConnection(
  { name, source, parameters }: EffectiveServer | EffectiveModule,
  about: readonly string[],
): readonly string[] {
  const rows = parameters.filter(isTold).map((each) =>
    [each.name, each.value ?? NOTHING, each.source] as const
  );
  const [first = "", ...rest] = wrapWords(printable([`from ${source}`, ...about].join(", ")), 4);
  return [`  ${printable(name)}`, first, ...rest, ...layRows(rows, 4)];
}

/** The defaults of what is not told above, each once. */
function layDefaults(connections: readonly (EffectiveServer | EffectiveModule)[]): readonly string[] {
  const defaults = new Set(
    connections.flatMap(({ parameters }) =>
      parameters.filter((each) => !isTold(each) && each.value !== null)
        .map(({ name, value }) => `${name}=${printable(value ?? "")}`)
    ),
  );
  return defaults.size === 0
    ? []
    : wrapWords(`Defaults of what is not listed: ${[...defaults].join(", ")}`, 2);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

/**
 * What a configuration comes to, as text that fits a terminal of 80 columns where words allow it.
 *
 * @param effective What a configuration comes to.
 * @returns Lines that end with a line feed.
 */
export function renderEffectiveConfig(effective: EffectiveConfig): string {
  const { file, settings, clusters, servers, probe } = effective;
  const modules = probe?.modules ?? [];
  const blocks = (parts: readonly (readonly string[])[]) =>
    parts.flatMap((part, index) => index === 0 ? part : ["", ...part]);
  return [
    `Configuration file: ${printable(file ?? "none")}`,
    ...section(
      "Servers",
      servers.length === 0 ? [] : blocks([
        ...servers.map((each) =>
          layConnection(each, [
            each.cluster === "" ? "in no cluster" : `cluster ${each.cluster}`,
            ...Object.entries(each.labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
          ])
        ),
        layDefaults(servers),
      ]),
    ),
    ...section(
      "Clusters",
      clusters.length === 0 ? [] : table([
        ["NAME", "EXPECTED STANDBYS", "DISCOVERY"],
        ...clusters.map((each) => [
          each.name,
          `${each.expectedStandbys}${each.areDiscoveredExpected ? " and those discovered" : ""}`,
          each.discoverStandbys ? "on" : "off",
        ]),
      ]),
    ),
    ...section(
      "Logins of /probe",
      modules.length === 0
        ? []
        : blocks([...modules.map((each) => layConnection(each, [])), layDefaults(modules)]),
    ),
    ...probe === null ? [] : [
      "",
      ...wrapWords(`Targets of /probe: ${["the servers above", ...probe.allowedTargets].join(", ")}`, 0),
    ],
    ...section(
      "Settings",
      layRows([
        ["NAME", "VALUE", "SOURCE"],
        ...settings.map(({ name, values, source }) => [name, values.join(", ") || NOTHING, source] as const),
      ], 2),
    ),
    "",
  ].join("\n");
}
