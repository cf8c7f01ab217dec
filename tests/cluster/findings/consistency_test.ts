import { consistencyChecks } from "../../../src/cluster/findings/consistency.ts";
import type { ConsistencyResult } from "../../../src/domain/consistency.ts";
import { testChecks } from "./cases.ts";
import { NOW, viewOf } from "./views.ts";

const withResult = (changes: Partial<ConsistencyResult>) =>
  viewOf({
    view: {
      consistency: [{
        primary: "primary",
        standby: "standby",
        table: "public.t",
        verdict: "equal",
        reason: "",
        difference: null,
        rowsCompared: 5,
        durationSeconds: 0.1,
        at: NOW,
        conclusiveAt: NOW - 60,
        conclusive: { verdict: "equal", reason: "" },
        inconclusiveSince: null,
        ...changes,
      }],
    },
  });
const conclusive = { verdict: "different", reason: "The row with key 7 differs" } as const;
const differs = { ...conclusive, conclusive, difference: { fromKey: "7", toKey: "7" } };
const grant = "Role m may not read public.t; run on the primary: GRANT SELECT ON public.t TO m";

const passWith = (incompleteSince: number | null) => ({
  ratio: 0.5,
  fullAt: null,
  incompleteSince,
  undecidedBecause: "It changes",
});

testChecks(consistencyChecks, [
  {
    check: "data_differs",
    when: "a row differs",
    view: withResult(differs),
    raises: ["critical standby public.t"],
    says: [
      'between "primary" and standby "standby"',
      "The row with key 7 differs",
      "1 min ago",
    ],
  },
  {
    check: "data_differs",
    when: "it differed, and the checks since were inconclusive",
    view: withResult({ ...differs, verdict: "busy", reason: "", inconclusiveSince: NOW - 30 }),
    raises: ["critical standby public.t"],
  },
  { check: "data_differs", when: "not when it is equal", view: withResult({}), raises: [] },
  {
    check: "data_differs",
    when: "not when nothing was concluded",
    view: withResult({ verdict: "busy", conclusive: null, conclusiveAt: null }),
    raises: [],
  },
  {
    check: "consistency_not_checked",
    when: "a right is missing, at once",
    view: withResult({ verdict: "failed", reason: grant, inconclusiveSince: NOW }),
    raises: ["warning standby public.t"],
    says: ['On "primary": GRANT SELECT ON public.t TO m;'],
  },
  {
    check: "consistency_not_checked",
    when: "busy for an hour",
    view: withResult({ verdict: "busy", reason: "It changes", inconclusiveSince: NOW - 3600 }),
    raises: ["info standby public.t"],
    says: ["busy: It changes", "at a quieter hour"],
  },
  {
    check: "consistency_not_checked",
    when: "not busy for less",
    view: withResult({ verdict: "busy", reason: "It changes", inconclusiveSince: NOW - 3599 }),
    raises: [],
  },
  {
    check: "consistency_not_checked",
    when: "no pass was complete for an hour",
    view: withResult({ pass: passWith(NOW - 3600) }),
    raises: ["info standby public.t"],
    says: [
      'Parts of table public.t could not be compared on standby "standby"',
      "It changes; no complete pass through the table for 1 h",
    ],
  },
  {
    check: "consistency_not_checked",
    when: "not when the passes are incomplete for less",
    view: withResult({ pass: passWith(NOW - 3599) }),
    raises: [],
  },
  {
    check: "consistency_not_checked",
    when: "not while every pass was complete",
    view: withResult({ pass: passWith(null) }),
    raises: [],
  },
  {
    check: "consistency_not_checked",
    when: "not for a table that is not configured",
    view: withResult({ verdict: "failed", reason: grant, inconclusiveSince: null }),
    raises: [],
  },
  {
    check: "subscription_data_differs",
    when: "a row of a subscription differs",
    view: withResult({ ...differs, subscription: "orders" }),
    raises: ["warning standby orders public.t"],
    says: [
      'Table public.t of subscription "orders" differs between "primary" and "standby"',
      'each after "standby" had applied everything, 1 min ago',
    ],
  },
  {
    check: "data_differs",
    when: "not for a subscription",
    view: withResult({ ...differs, subscription: "orders" }),
    raises: [],
  },
  {
    check: "subscription_data_differs",
    when: "not for a standby",
    view: withResult(differs),
    raises: [],
  },
  {
    check: "consistency_not_checked",
    when: "a privilege is missing on one end of a subscription",
    view: withResult({
      verdict: "failed",
      subscription: "orders",
      reason:
        'Role "m" may not read public.t; run on "standby", in database "app": GRANT SELECT ON public.t TO m',
      inconclusiveSince: NOW,
    }),
    raises: ["warning standby orders public.t"],
    says: ['On "standby", in database "app": GRANT SELECT ON public.t TO m;'],
  },
]);
