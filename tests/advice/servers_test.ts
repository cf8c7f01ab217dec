import { obeyOnMajors } from "./obey.ts";
import { serverCases } from "./server_cases.ts";

obeyOnMajors("servers", { options: { standbys: 2 }, cases: serverCases });
