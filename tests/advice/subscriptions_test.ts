import { obeyOnMajors } from "./obey.ts";
import { subscriptionCases } from "./subscription_cases.ts";

obeyOnMajors("subscriptions", {
  options: { standbys: 0, logical: { cdc: false } },
  cases: subscriptionCases,
});
