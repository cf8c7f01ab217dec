import type { FlagDefinition } from "./flags.ts";

/** Flags of single commands: not settings, so without a variable. */
export const OWN_FLAGS: readonly FlagDefinition[] = [
  {
    name: "from",
    placeholder: "URL",
    commands: ["report", "watch", "doctor"],
    help:
      "Ask the exporter at this address, as http://localhost:9188, instead of the servers. Its login, when it has " +
      "one, is read from PGREPL_FROM_USER and PGREPL_FROM_PASSWORD.",
  },
  {
    name: "from.ca-file",
    placeholder: "FILE",
    commands: ["report", "watch", "doctor"],
    help: "Certificates, in PEM, that sign the one of the exporter that --from names.",
  },
  {
    name: "format",
    placeholder: "FORMAT",
    commands: ["report"],
    help: "Form of the report: text or json. By default text.",
  },
  {
    name: "sample",
    placeholder: "DURATION",
    commands: ["report", "doctor", "preflight"],
    help:
      "How long positions are sampled before the report, so that its lags are true ones. By default 3s; not with --from.",
  },
  {
    name: "check",
    placeholder: "CHECK",
    commands: ["doctor"],
    help: "Tell of this check only; the exit status is that of it alone.",
  },
  {
    name: "explain",
    placeholder: "CHECK",
    commands: ["doctor"],
    help: "Say what this check means and what to do about what it finds, without looking at any server.",
  },
  {
    name: "list",
    placeholder: "",
    commands: ["doctor"],
    help: "List all checks, without looking at any server.",
  },
  {
    name: "interval",
    placeholder: "DURATION",
    commands: ["watch"],
    help: "How often the picture is renewed, or a line is printed. By default 1s.",
  },
  {
    name: "sort",
    placeholder: "KEY",
    commands: ["watch"],
    help: "What standbys are sorted by at first: lag, name or cluster. By default lag, the worst first.",
  },
  {
    name: "plain",
    placeholder: "",
    commands: ["watch"],
    help: "Print a line per interval also on a terminal, as without one.",
  },
  {
    name: "count",
    placeholder: "COUNT",
    commands: ["watch"],
    help:
      "End after so many intervals; with exit status 1 if there was nothing to show in the last. By default it goes on.",
  },
  {
    name: "json",
    placeholder: "",
    commands: ["report", "doctor", "preflight", "catalogue", "ctl", "check-config"],
    help: "Write JSON instead of text.",
  },
  {
    name: "connect",
    placeholder: "",
    commands: ["check-config"],
    help:
      "Also try every server: login, TLS, version, role, rights and pooler; 1 when something is wrong there.",
  },
  {
    name: "runbook-url",
    placeholder: "URL",
    commands: ["rules"],
    help:
      "Where the runbooks are: the name of the alert and .md are put behind it. By default docs/runbooks.",
  },
  {
    name: "socket",
    placeholder: "PATH",
    commands: ["ctl"],
    help: "Management socket of the exporter. By default PGREPL_MANAGEMENT_SOCKET, else " +
      "/run/pg-replication-exporter/ctl.sock.",
  },
  {
    name: "url",
    placeholder: "URL",
    commands: ["ctl"],
    help: "Address of an exporter with --web.enable-management, as https://db1:9188, instead of a socket.",
  },
  {
    name: "ca-file",
    placeholder: "FILE",
    commands: ["ctl"],
    help: "Certificates, in PEM, that sign the one of the exporter that --url names.",
  },
  {
    name: "cert-file",
    placeholder: "FILE",
    commands: ["ctl"],
    help: "Our own certificate for --url, in PEM.",
  },
  { name: "key-file", placeholder: "FILE", commands: ["ctl"], help: "Its key." },
  {
    name: "user",
    placeholder: "NAME",
    commands: ["ctl"],
    help: "User for --url; the password is read from PGREPL_CTL_PASSWORD.",
  },
];
