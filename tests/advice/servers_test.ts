import { obeyOnMajors } from "./obey.ts";
import { serverCases } from "./server_cases.ts";

obeyOnMajors("servers", {
  options: { standbys: 2, settings: { archive_mode: "on", archive_command: "true" } },
  cases: serverCases,
});
