/** What the demo prints: where everything is, and what to try. */
import { DATABASE } from "./app_database.ts";
import type { Server } from "./server.ts";
import type { Cluster } from "./topology.ts";

/** The demo's write load. */
export const ROWS_PER_SECOND = 10;

/** Where its parts are reached. */
export interface DemoNames {
  /** Address of the exporter. */
  readonly url: string;
  /** Name of the lab. */
  readonly name: string;
}

/** The command with which the user started this task. */
function describeTaskCommand(): string {
  const isNpx = Deno.env.get("npm_command") === "exec" || Deno.execPath().includes("/_npx/");
  return isNpx ? `npx -y deno@${Deno.version.deno} task` : "deno task";
}

/** One thing to try: what it shows, and its commands. */
interface Try {
  readonly title: string;
  readonly commands: readonly string[];
}

/** A fault and its undo, as commands. */
function tryFault(title: string, ...faults: readonly string[]): (lab: string, name: string) => Try {
  return (lab, name) => ({ title, commands: faults.map((fault) => `${lab} fault ${fault} --name ${name}`) });
}

function listTries(
  cluster: Cluster,
  options: { readonly url: string; readonly name: string },
): readonly Try[] {
  const { url, name } = options;
  const lab = `${describeTaskCommand()} lab`;
  const [first] = cluster.standbys;
  const faults = cluster.logical !== null
    ? [
      tryFault(
        "Stop the subscriber, see why on the page, and start it again",
        "disable-subscription",
        "enable-subscription",
      ),
      tryFault(
        "Let apply fail at a row that exists already, then remove that row",
        "break-apply",
        "mend-apply",
      ),
      tryFault(
        "Let the consumer confirm nothing, so that its slot retains WAL (all faults: lab --help)",
        "stop-ack",
        "start-ack",
      ),
    ]
    : [
      tryFault(
        "Make it grow, then heal the fault (all faults: --help)",
        ...first === undefined ? ["restart primary"] : [`cut ${first.name}`, `heal ${first.name}`],
      ),
    ];
  return [
    { title: "Look at the lag", commands: [`curl -s ${url}/metrics | grep lag_seconds{`] },
    ...faults.map((each) => each(lab, name)),
    { title: "Stop everything: Ctrl-C here, or", commands: [`${lab} down --name ${name}`] },
  ];
}

const NUMBERS: Readonly<Record<number, string>> = { 3: "Three", 5: "Five" };

/** Everything that the user needs while it runs. */
export function describeDemo(cluster: Cluster, options: DemoNames): string {
  const { url } = options;
  const { logical } = cluster;
  const follows = (server: Server) =>
    server === cluster.primary
      ? ""
      : server === logical?.subscriber
      ? `subscribes to ${logical.source.name}`
      : `follows ${cluster.upstreamOf(server).name}`;
  const servers = cluster.servers.map((server) => {
    const dsn = server.dsn({ user: "postgres", ...logical === null ? {} : { database: DATABASE } });
    return `  ${server.name.padEnd(10)} ${dsn}  ${follows(server)}`.trimEnd();
  });
  const tries = listTries(cluster, options);
  return [
    "",
    `Exporter    ${url}/metrics`,
    `Page        ${url}/`,
    logical === null
      ? `Writing     ${ROWS_PER_SECOND} rows per second into test_data`
      : `Writing     ${ROWS_PER_SECOND} rows per second into orders, payments and customers, which are published`,
    ...logical === null ? [] : [
      `Consumer    reads slot ${logical.cdc.slot}, as change data capture does`,
      `Log         ${logical.subscriber.logFile} says why apply fails`,
    ],
    "",
    `PostgreSQL ${cluster.binaries.version} (as superuser; the exporter uses the role monitor)`,
    ...servers,
    "",
    `${NUMBERS[tries.length]} things to try, in another terminal in this directory`,
    ...tries.flatMap(({ title, commands }, index) => [
      `  ${index + 1}. ${title}`,
      ...commands.map((command) => `     ${command}`),
    ]),
    "",
  ].join("\n");
}
