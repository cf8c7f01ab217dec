import { obeyOnMajors } from "./obey.ts";
import { standbyCases } from "./standby_cases.ts";

obeyOnMajors("standbys", { options: { standbys: 2 }, cases: standbyCases });
