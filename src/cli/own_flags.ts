import type { FlagDefinition } from "./flags.ts";

/** Flags of single commands: not settings, so without a variable. */
export const OWN_FLAGS: readonly FlagDefinition[] = [
  { name: "json", placeholder: "", commands: ["catalogue"], help: "Write JSON instead of text." },
  {
    name: "runbook-url",
    placeholder: "URL",
    commands: ["rules"],
    help:
      "Where the runbooks are: the name of the alert and .md are put behind it. By default docs/runbooks.",
  },
];
