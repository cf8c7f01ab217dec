import type { FlagDefinition } from "./flags.ts";

/** Flags of single commands: they have no environment variable. */
export const OWN_FLAGS: readonly FlagDefinition[] = [
  {
    name: "from",
    placeholder: "URL",
    commands: ["report", "list", "watch", "doctor", "preflight", "wait"],
    help:
      "Ask the exporter at this address, such as localhost:9188, instead of the servers. Its login, if it needs " +
      "one, is read from PGREPL_FROM_USER and PGREPL_FROM_PASSWORD.",
  },
  {
    name: "from.ca-file",
    placeholder: "FILE",
    commands: ["report", "list", "watch", "doctor", "preflight", "wait"],
    help: "CA certificates, in PEM, that the certificate of the exporter at --from is verified against.",
  },
  {
    name: "format",
    placeholder: "FORMAT",
    commands: ["report", "list"],
    help: "Format: text or json, for list also tsv (tab-separated values). By default text.",
  },
  {
    name: "sample",
    placeholder: "DURATION",
    commands: ["report", "list", "doctor", "preflight"],
    help: "How long positions are sampled before the report, so that its lags are accurate. By default 3s; " +
      "not with --from.",
  },
  {
    name: "caught-up",
    placeholder: "",
    commands: ["wait"],
    help: "Wait until the standby streams and has replayed everything that the primary has written.",
  },
  {
    name: "lag",
    placeholder: "DURATION",
    commands: ["wait"],
    help: "Wait until the standby is at most this far behind, such as 5s.",
  },
  {
    name: "lsn",
    placeholder: "LSN",
    commands: ["wait"],
    help:
      "Wait until the server has replayed this position, such as 0/3000148, or, as a primary, written it.",
  },
  {
    name: "role",
    placeholder: "ROLE",
    commands: ["wait"],
    help: "Wait until the server is a primary or a standby.",
  },
  {
    name: "timeout",
    placeholder: "DURATION",
    commands: ["wait"],
    help: "How long to wait, by default 60s. Then the exit status is 1, or 3 when the state is unknown.",
  },
  {
    name: "check",
    placeholder: "CHECK",
    commands: ["doctor"],
    help: "Report only this check; the exit status is that of this check alone.",
  },
  {
    name: "explain",
    placeholder: "CHECK",
    commands: ["doctor"],
    help: "Explain what this check or alert means and what to do about it, without contacting any server.",
  },
  {
    name: "list",
    placeholder: "",
    commands: ["doctor"],
    help: "List all checks, without contacting any server.",
  },
  {
    name: "interval",
    placeholder: "DURATION",
    commands: ["watch"],
    help: "Interval between updates of the screen, or between lines. By default 1s.",
  },
  {
    name: "sort",
    placeholder: "KEY",
    commands: ["watch"],
    help: "Initial sort order of standbys: lag, name or cluster. By default lag, the worst first.",
  },
  {
    name: "plain",
    placeholder: "",
    commands: ["watch"],
    help: "Print one line per interval even on a terminal.",
  },
  {
    name: "count",
    placeholder: "COUNT",
    commands: ["watch"],
    help: "Stop after this many intervals; the exit status is 1 if the last one brought no report. By " +
      "default it runs until stopped.",
  },
  {
    name: "all",
    placeholder: "",
    commands: ["report", "doctor", "preflight"],
    help:
      "List everything. By default text shows equal findings as one and counts what follows the worst 30 " +
      "entries of a list; JSON always has everything.",
  },
  {
    name: "json",
    placeholder: "",
    commands: ["report", "list", "doctor", "preflight", "catalogue", "ctl", "check-config"],
    help: "Write JSON instead of text.",
  },
  {
    name: "connect",
    placeholder: "",
    commands: ["check-config"],
    help: "Also test every server: login, TLS, version, role, rights and pooler; the exit status is 1 " +
      "if a test fails.",
  },
  {
    name: "runbook-url",
    placeholder: "URL",
    commands: ["rules"],
    help:
      "Address of the runbooks, to which the name of the alert is appended, or with NAME in its place. By default " +
      "where the exporter on this host serves them: http://HOST:9188/runbooks/.",
  },
  {
    name: "inhibit",
    placeholder: "",
    commands: ["rules"],
    help:
      "Print, instead of the rules, the part of alertmanager.yml that silences alerts about consequences.",
  },
  {
    name: "socket",
    placeholder: "PATH",
    commands: ["ctl"],
    help: "Management socket of the exporter. By default PGREPL_MANAGEMENT_SOCKET, otherwise " +
      "/run/pg-replication-exporter/ctl.sock.",
  },
  {
    name: "url",
    placeholder: "URL",
    commands: ["ctl"],
    help: "Address of an exporter with --web.enable-management, such as https://db1:9188, instead of a " +
      "socket.",
  },
  {
    name: "ca-file",
    placeholder: "FILE",
    commands: ["ctl"],
    help: "CA certificates, in PEM, that the certificate of the exporter at --url is verified against.",
  },
  {
    name: "cert-file",
    placeholder: "FILE",
    commands: ["ctl"],
    help: "Client certificate for --url, in PEM.",
  },
  {
    name: "key-file",
    placeholder: "FILE",
    commands: ["ctl"],
    help: "Key of the client certificate, in PEM.",
  },
  {
    name: "user",
    placeholder: "NAME",
    commands: ["ctl"],
    help: "User for --url; the password is read from PGREPL_CTL_PASSWORD.",
  },
];
