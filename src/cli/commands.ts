import type { Command } from "./command.ts";

const PLAIN = { operands: "", operandCount: [0, 0], isVerdict: false, hasSettings: true } as const;

/** Every command; the first is the default. */
export const commands: readonly Command[] = [
  {
    ...PLAIN,
    name: "serve",
    help: "Watch the servers and serve their metrics",
    load: async () => (await import("./serve/serve.ts")).serve,
  },
  {
    ...PLAIN,
    name: "report",
    help: "Report on everything once, as text or JSON, and exit with its status",
    isVerdict: true,
    load: async () => (await import("./look/report.ts")).report,
  },
  {
    ...PLAIN,
    name: "watch",
    help: "Watch live: a screen on a terminal, else a line per interval",
    load: async () => (await import("./watch/watch.ts")).watch,
  },
  {
    ...PLAIN,
    name: "doctor",
    help: "Say what is wrong and how to mend it, what is fine, and what could not be checked",
    isVerdict: true,
    load: async () => (await import("./look/doctor.ts")).doctor,
  },
  {
    name: "preflight",
    help: "Say whether a standby may become the primary now, what would be lost, and how to do it",
    operands: "NAME",
    operandCount: [1, 1],
    isVerdict: true,
    hasSettings: true,
    load: async () => (await import("./look/preflight.ts")).preflight,
  },
  {
    ...PLAIN,
    name: "ctl",
    help: "Ask a running exporter: ping, status, config, reload, log-level LEVEL or shutdown",
    operands: "ACTION",
    operandCount: [1, 2],
    hasSettings: false,
    load: async () => (await import("./ctl/ctl.ts")).ctl,
  },
  {
    ...PLAIN,
    name: "check-config",
    help: "Show what the configuration comes to and where each value is from, and try the connections",
    load: async () => (await import("./check_config/check_config.ts")).checkConfig,
  },
  {
    ...PLAIN,
    name: "catalogue",
    help: "Print every metric with type, labels and meaning",
    hasSettings: false,
    load: async () => (await import("./catalogue.ts")).printCatalogue,
  },
  {
    ...PLAIN,
    name: "rules",
    help: "Print alerting and recording rules for Prometheus",
    hasSettings: false,
    load: async () => (await import("./rules.ts")).printRules,
  },
  {
    ...PLAIN,
    name: "dashboard",
    help: "Print a dashboard for Grafana",
    hasSettings: false,
    load: async () => (await import("./dashboard.ts")).printDashboard,
  },
  {
    ...PLAIN,
    name: "completion",
    help: "Print a script that completes commands, flags and values in bash, zsh or fish",
    operands: "SHELL",
    operandCount: [1, 1],
    hasSettings: false,
    load: async () => (await import("./completion/completion.ts")).printCompletion,
  },
  {
    ...PLAIN,
    name: "help",
    help: "Show this help, or that of a command",
    operands: "[COMMAND]",
    operandCount: [0, 1],
    hasSettings: false,
    load: async () => (await import("./help_command.ts")).showHelp,
  },
  {
    ...PLAIN,
    name: "version",
    help: "Show version and commit",
    hasSettings: false,
    load: async () => (await import("./version.ts")).showVersion,
  },
];
