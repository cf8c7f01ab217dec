import { obeyOnMajors } from "./obey.ts";
import { rebuildCases } from "./rebuild_cases.ts";

obeyOnMajors("rebuilds", { cases: rebuildCases, isAlone: true });
