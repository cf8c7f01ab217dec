import type { Command } from "./command.ts";

/** A command; one without options takes no operands, reads the configuration, and exits with 0 or 1. */
function defineCommand(name: string, options: Pick<Command, "help" | "load"> & Partial<Command>): Command {
  return { operands: "", operandCount: [0, 0], isVerdict: false, hasSettings: true, ...options, name };
}

/** Every command; the first is the default. */
export const commands: readonly Command[] = [
  defineCommand("serve", {
    help: "Watch the servers and serve their metrics",
    load: async () => (await import("./serve/serve.ts")).serve,
  }),
  defineCommand("report", {
    help: "Report on all servers once, as text or JSON, and exit with the status",
    isVerdict: true,
    load: async () => (await import("./look/report.ts")).report,
  }),
  defineCommand("list", {
    help: "List all servers once, one per line: role, state, timeline, lag and reason",
    load: async () => (await import("./look/list.ts")).listServers,
  }),
  defineCommand("watch", {
    help: "Watch live: a screen on a terminal, otherwise one line per interval",
    load: async () => (await import("./watch/watch.ts")).watch,
  }),
  defineCommand("doctor", {
    help: "List what is wrong with its fix, what is fine, and what could not be checked",
    isVerdict: true,
    load: async () => (await import("./look/doctor.ts")).doctor,
  }),
  defineCommand("preflight", {
    help: "Check whether to promote a standby, or move to a subscriber, and how",
    operands: "NAME",
    operandCount: [1, 1],
    isVerdict: true,
    load: async () => (await import("./look/preflight.ts")).preflight,
  }),
  defineCommand("wait", {
    help: "Wait until a server or subscription has caught up or has a position",
    operands: "NAME",
    operandCount: [1, 1],
    isVerdict: true,
    load: async () => (await import("./look/wait.ts")).wait,
  }),
  defineCommand("ctl", {
    help: "Control a running exporter: ping, status, config, reload, log-level or shutdown",
    operands: "ACTION",
    operandCount: [1, 2],
    hasSettings: false,
    load: async () => (await import("./ctl/ctl.ts")).ctl,
  }),
  defineCommand("check-config", {
    help: "Show the effective configuration with its sources, and test the connections",
    load: async () => (await import("./check_config/check_config.ts")).checkConfig,
  }),
  defineCommand("catalogue", {
    help: "Print every metric with type, labels and meaning",
    hasSettings: false,
    load: async () => (await import("./catalogue.ts")).printCatalogue,
  }),
  defineCommand("rules", {
    help: "Print alerting and recording rules for Prometheus",
    hasSettings: false,
    load: async () => (await import("./rules.ts")).printRules,
  }),
  defineCommand("dashboard", {
    help: "Print a dashboard for Grafana",
    hasSettings: false,
    load: async () => (await import("./dashboard.ts")).printDashboard,
  }),
  defineCommand("completion", {
    help: "Print a script that completes commands, flags and values in bash, zsh or fish",
    operands: "SHELL",
    operandCount: [1, 1],
    hasSettings: false,
    load: async () => (await import("./completion/completion.ts")).printCompletion,
  }),
  defineCommand("help", {
    help: "Show this help, or the help of a command or of a group of flags",
    operands: "[TOPIC]",
    operandCount: [0, 1],
    hasSettings: false,
    load: async () => (await import("./help_command.ts")).showHelp,
  }),
  defineCommand("version", {
    help: "Show version and commit",
    hasSettings: false,
    load: async () => (await import("./version.ts")).showVersion,
  }),
];
