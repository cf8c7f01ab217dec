/** The faults by name, for `deno task lab fault NAME`. */
import { didYouMean } from "../../src/config/suggestion.ts";
import { type FaultDefinition, numberOf, undo } from "./fault_definition.ts";
import { LOGICAL_FAULTS } from "./logical_catalogue.ts";
import type { Cluster } from "./topology.ts";

/** Every fault of servers and of physical replication, in the order of help. */
export const FAULTS: readonly FaultDefinition[] = [
  {
    name: "cut",
    parameters: ["[STANDBY]"],
    help: "Cut a standby's link: its connection is closed, new ones are refused",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.cutLink(server);
      return `The link of ${server} is cut${undo(`heal ${server}`)}`;
    },
  },
  {
    name: "stall",
    parameters: ["[STANDBY]"],
    help: "Turn a standby's link into a black hole: it stays open, but passes no data",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.stallLink(server);
      return `The link of ${server} is stalled${undo(`heal ${server}`)}`;
    },
  },
  {
    name: "refuse",
    parameters: ["[STANDBY]"],
    help: "Refuse new connections on a standby's link; the current one stays open",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.refuseLink(server);
      return `The link of ${server} refuses new connections${undo(`heal ${server}`)}`;
    },
  },
  {
    name: "heal",
    parameters: ["[STANDBY]"],
    help: "Heal a link that was cut, stalled or refused",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.healLink(server);
      return `The link of ${server} is open`;
    },
  },
  {
    name: "freeze",
    parameters: ["[SERVER]"],
    help: "Freeze every process of a server: connections stay open, but do not respond",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.freeze(server);
      return `${server} is frozen${undo(`thaw ${server}`)}`;
    },
  },
  {
    name: "thaw",
    parameters: ["[SERVER]"],
    help: "Thaw a frozen server",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.thaw(server);
      return `${server} is thawed`;
    },
  },
  {
    name: "freeze-receiver",
    parameters: ["[STANDBY]"],
    help: "Freeze only a standby's walreceiver: it answers queries, but receives nothing",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.freezeReceiver(server);
      return `The receiver of ${server} is frozen${undo(`thaw-receiver ${server}`)}`;
    },
  },
  {
    name: "thaw-receiver",
    parameters: ["[STANDBY]"],
    help: "Thaw a frozen walreceiver",
    defaultServer: "standby",
    run(cluster, server) {
      cluster.faults.thawReceiver(server);
      return `The receiver of ${server} is thawed`;
    },
  },
  {
    name: "kill",
    parameters: ["SERVER"],
    help: "Kill a server with SIGKILL",
    defaultServer: null,
    async run(cluster, server) {
      await cluster.faults.kill(server);
      return `${server} is killed${undo(`start ${server}`)}`;
    },
  },
  {
    name: "stop",
    parameters: ["SERVER"],
    help: "Stop a server cleanly",
    defaultServer: null,
    async run(cluster, server) {
      await cluster.faults.stop(server);
      return `${server} is stopped${undo(`start ${server}`)}`;
    },
  },
  {
    name: "start",
    parameters: ["SERVER"],
    help: "Start a server that was stopped or killed",
    defaultServer: null,
    async run(cluster, server) {
      await cluster.faults.start(server);
      return `${server} runs on port ${cluster.server(server).port}`;
    },
  },
  {
    name: "restart",
    parameters: ["SERVER"],
    help: "Restart a server",
    defaultServer: null,
    async run(cluster, server) {
      await cluster.faults.restart(server);
      return `${server} was restarted`;
    },
  },
  {
    name: "pause-replay",
    parameters: ["[STANDBY]"],
    help: "Pause replay: WAL is received, but not applied",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.pauseReplay(server);
      return `Replay on ${server} is paused${undo(`resume-replay ${server}`)}`;
    },
  },
  {
    name: "resume-replay",
    parameters: ["[STANDBY]"],
    help: "Resume replay",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.resumeReplay(server);
      return `Replay on ${server} continues`;
    },
  },
  {
    name: "delay-apply",
    parameters: ["[STANDBY]", "[SECONDS]"],
    help: "Apply every commit with a delay of SECONDS (20; 0 removes the delay)",
    defaultServer: "standby",
    async run(cluster, server, argument) {
      const seconds = numberOf(argument, { name: "SECONDS", default: 20 });
      await cluster.faults.delayApply(server, seconds);
      return seconds === 0
        ? `${server} applies without delay`
        : `${server} applies ${seconds} s late${undo(`delay-apply ${server} 0`)}`;
    },
  },
  {
    name: "conflict",
    parameters: ["[STANDBY]", "[CANCEL_AFTER_SECONDS]"],
    help: "Hold a recovery conflict: replay waits for a query, forever or until PostgreSQL cancels it",
    defaultServer: "standby",
    async run(cluster, server, argument) {
      const limit = argument === undefined
        ? null
        : numberOf(argument, { name: "CANCEL_AFTER_SECONDS", default: 0 });
      await cluster.faults.holdConflict(server, limit);
      return `Replay on ${server} waits for a query${undo(`release-conflict ${server}`)}`;
    },
  },
  {
    name: "release-conflict",
    parameters: ["[STANDBY]"],
    help: "End the query that blocks replay",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.releaseConflict(server);
      return `Replay on ${server} continues`;
    },
  },
  {
    name: "promote",
    parameters: ["[STANDBY]"],
    help: "Promote a standby; the write load follows it, the old primary stays up (split brain)",
    defaultServer: "standby",
    async run(cluster, server) {
      const old = cluster.primary.name;
      await cluster.faults.promote(server);
      const reads = cluster.logical === null
        ? ""
        : `; subscriber and consumer read ${old} until: repoint subscriber ${server}`;
      return `${server} is a primary, and so is ${old}; to make it a standby again: rebuild ${old}${reads}`;
    },
  },
  {
    name: "repoint",
    parameters: ["STANDBY", "UPSTREAM"],
    help: "Make a standby follow another server",
    defaultServer: null,
    async run(cluster, server, argument) {
      if (argument === undefined) throw new RangeError("Cannot repoint: name the upstream too");
      await cluster.faults.repoint(server, argument);
      if (server === cluster.logical?.subscriber.name) {
        return `The subscriber and the consumer read ${argument}`;
      }
      return `${server} follows ${argument}`;
    },
  },
  {
    name: "rebuild",
    parameters: ["SERVER"],
    help: "Rebuild a server from a copy of the primary as its standby: an old primary, a stranded standby",
    defaultServer: null,
    async run(cluster, server) {
      await cluster.faults.rebuild(server);
      return `${server} is a new standby of ${cluster.primary.name}`;
    },
  },
  {
    name: "drop-slot",
    parameters: ["[STANDBY]"],
    help: "Drop a standby's replication slot",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.dropSlot(server);
      return `The slot of ${server} is dropped${undo(`create-slot ${server}`)}`;
    },
  },
  {
    name: "create-slot",
    parameters: ["[STANDBY]"],
    help: "Create a standby's slot again",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.createSlot(server);
      return `${server} has a slot`;
    },
  },
  {
    name: "lose-slot",
    parameters: ["[STANDBY]"],
    help: "Disconnect a standby and write WAL until its slot is lost; it can then not continue",
    defaultServer: "standby",
    async run(cluster, server) {
      await cluster.faults.loseSlot(server);
      return `The slot of ${server} is lost${undo(`rebuild ${server}`)}`;
    },
  },
  {
    name: "exhaust",
    parameters: ["[SERVER]"],
    help: "Exhaust the connections of a server: only the superuser can connect",
    defaultServer: "primary",
    async run(cluster, server) {
      await cluster.faults.exhaustConnections(server);
      return `${server} has no connection left${undo(`release-connections ${server}`)}`;
    },
  },
  {
    name: "release-connections",
    parameters: ["[SERVER]"],
    help: "Release the connections",
    defaultServer: "primary",
    async run(cluster, server) {
      await cluster.faults.releaseConnections(server);
      return `${server} has connections again`;
    },
  },
  {
    name: "end-sessions",
    parameters: ["[SERVER]"],
    help: "End the monitor's sessions on a server; it may connect again",
    defaultServer: "primary",
    async run(cluster, server) {
      return `${await cluster.faults.endSessions(server)} session(s) of monitor ended on ${server}`;
    },
  },
  {
    name: "change-password",
    parameters: [],
    help: "Change the password of the role monitor; open sessions continue",
    defaultServer: "",
    async run(cluster) {
      await cluster.faults.changeMonitorPassword();
      return `The password of monitor has changed (end-sessions forces new logins)${
        undo("restore-password")
      }`;
    },
  },
  {
    name: "restore-password",
    parameters: [],
    help: "Restore the original password of the role monitor",
    defaultServer: "",
    async run(cluster) {
      await cluster.faults.restoreMonitorPassword();
      return "monitor has its original password again";
    },
  },
  {
    name: "load",
    parameters: ["ROWS_PER_SECOND"],
    help: "Change the write load; 0 stops it",
    defaultServer: "",
    async run(cluster, _server, argument) {
      if (argument === undefined) {
        throw new RangeError("Cannot change the load: name the rows per second");
      }
      const rows = numberOf(argument, { name: "ROWS_PER_SECOND", default: 0 });
      await cluster.setLoad(rows);
      return rows === 0 ? "The write load is stopped" : `The write load is ${rows} rows per second`;
    },
  },
];

/** Every fault, in the order of help. */
export const ALL_FAULTS: readonly FaultDefinition[] = [...FAULTS, ...LOGICAL_FAULTS];

/**
 * Finds a fault by name.
 *
 * @throws {RangeError} When there is none, with the most similar name
 */
export function findFault(name: string): FaultDefinition {
  const found = ALL_FAULTS.find((fault) => fault.name === name);
  if (found !== undefined) return found;
  const hint = didYouMean(name, ALL_FAULTS.map((fault) => fault.name)) || "; deno task lab --help lists them";
  throw new RangeError(`No fault "${name}"${hint}`);
}

/**
 * Injects a fault.
 *
 * @param cluster The cluster.
 * @param request Name of the fault, then its arguments.
 * @returns One line: the new state, and how to undo it
 * @throws {RangeError} When a name or argument is invalid, with a suggestion
 */
export async function injectFault(cluster: Cluster, request: readonly string[]): Promise<string> {
  const [name = "", ...given] = request;
  const fault = findFault(name);
  if (given.length > fault.parameters.length) {
    throw new RangeError(`Too many arguments: ${usageOf(fault)}`);
  }
  if (fault.defaultServer === "") return await fault.run(cluster, "", given[0]);
  const server = given[0] ?? fault.defaultServer;
  if (server === null) throw new RangeError(`Name a server: ${usageOf(fault)}`);
  const names = cluster.servers.map((each) => each.name);
  for (const each of fault.parameters[1] === "UPSTREAM" ? [server, given[1] ?? server] : [server]) {
    if (!names.includes(each)) {
      throw new RangeError(
        `No server "${each}"${didYouMean(each, names) || `: this lab has ${names.join(", ")}`}`,
      );
    }
  }
  return await fault.run(cluster, server, given[1]);
}

/** Usage of a fault. */
export function usageOf(fault: FaultDefinition): string {
  return ["fault", fault.name, ...fault.parameters].join(" ");
}
