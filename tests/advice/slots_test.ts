import { obeyOnMajors } from "./obey.ts";
import { slotCases } from "./slot_cases.ts";

obeyOnMajors("slots", { options: { standbys: 2, settings: { wal_level: "logical" } }, cases: slotCases });
