import { type AlertGroup, explainedBy } from "./alert.ts";

/** For the end of a summary: what the subscription is doing, or what holds it back. */
const WHY =
  '{{ range printf `pgrepl_subscription_reason{instance="%s",cluster="%s",subscription="%s"} == 1` $labels.instance $labels.cluster $labels.subscription | query }}: ' +
  "{{ .Labels.reason }}{{ end }}";

const SUBSCRIPTION = "Subscription {{ $labels.subscription }} on {{ $labels.instance }}";

const WHERE_REASON_IS = '`pgrepl_subscription_reason{instance="NAME"} == 1` names the reason.';

/** Of one reason after the other it is one alert. Of a server that does not respond there is another. */
function because(reasons: string): string {
  return `max by (instance, cluster, subscription) (pgrepl_subscription_reason{reason=~"${reasons}"}) == 1\n` +
    "unless on (instance, cluster) pgrepl_up == 0";
}

/** Reasons that have an alert of their own, here or of a server or a slot. */
const ALERTED_REASONS =
  "apply_error|copy_error|disabled|disabled_by_error|disconnected|half_open|no_worker|slot_missing|slot_lost|blocked|waits_for_standby|unreachable|publisher_gone";

/** The finding of a server, whatever its severity. */
function found(check: string): string {
  return `max by (instance, cluster) (pgrepl_finding{check="${check}"}) > 0\n` +
    "unless on (instance, cluster) pgrepl_slot_lost_in_seconds < 3600";
}

/** Checks that, like `table_not_subscribed`, find what will not replicate; a change that meets it stops the subscription. */
const UNFIT = ["published_table_missing", "table_columns_differ"];

/** About subscriptions, and logical slots that are read. */
export const logicalAlerts: AlertGroup = {
  name: "pgrepl-logical",
  title: "Logical replication",
  alerts: [
    {
      name: "PgreplSubscriptionFailing",
      severity: "critical",
      expression: because("apply_error|copy_error|disabled_by_error"),
      forSeconds: 60,
      summary: `${SUBSCRIPTION} fails to apply${WHY}`,
      names: ["subscription_disabled"],
      ...explainedBy("subscription_failing", { look: [WHERE_REASON_IS] }),
    },
    {
      name: "PgreplSubscriptionDown",
      severity: "critical",
      // Longer than a restart of either server.
      expression: because("disconnected|half_open|no_worker|slot_missing"),
      forSeconds: 120,
      summary: `${SUBSCRIPTION} does not receive${WHY}`,
      names: ["subscription_slot_missing"],
      ...explainedBy("subscription_disconnected", {
        look: [WHERE_REASON_IS],
        steps: ["`slot_missing`: its slot is gone, see `subscription_slot_missing`."],
      }),
    },
    {
      name: "PgreplSubscriptionDisabled",
      severity: "warning",
      expression: because("disabled"),
      forSeconds: 600,
      summary: `${SUBSCRIPTION} is disabled, and its slot retains WAL`,
      ...explainedBy("subscription_disabled"),
    },
    {
      name: "PgreplSubscriptionBlocked",
      severity: "warning",
      expression: because("blocked"),
      forSeconds: 120,
      summary: `${SUBSCRIPTION} waits for a lock`,
      ...explainedBy("subscription_blocked", {
        look: [
          "`pgrepl_subscription_blocked_seconds`: how long the transaction has been open that holds it.",
        ],
      }),
    },
    {
      name: "PgreplSubscriptionLag",
      severity: "warning",
      expression:
        `pgrepl_subscription_lag_seconds > 300\nunless on (instance, cluster, subscription) pgrepl_subscription_reason{reason=~"${ALERTED_REASONS}"} == 1`,
      forSeconds: 60,
      summary: `${SUBSCRIPTION} is {{ $value | humanizeDuration }} behind its publisher${WHY}`,
      ...explainedBy("subscription_lag_high", { look: [WHERE_REASON_IS] }),
    },
    {
      name: "PgreplSubscriptionConflicts",
      severity: "warning",
      // Those of the other kinds are errors, and stop it.
      expression:
        'sum by (instance, cluster, subscription) (increase(pgrepl_subscription_conflicts_total{kind!~"insert_exists|update_exists|multiple_unique_conflicts"}[10m])) > 0',
      forSeconds: 0,
      summary:
        `Changes of subscription {{ $labels.subscription }} meet rows on {{ $labels.instance }} that differ`,
      ...explainedBy("subscription_conflicts"),
    },
    {
      name: "PgreplSlotNotConfirmed",
      severity: "warning",
      expression: found("slot_not_confirmed"),
      forSeconds: 600,
      summary: "A consumer on {{ $labels.instance }} is connected, but confirms nothing of its slot",
      ...explainedBy("slot_not_confirmed"),
    },
    {
      name: "PgreplSlotsHeld",
      severity: "warning",
      expression: found("slots_held"),
      forSeconds: 600,
      summary: "A transaction on {{ $labels.instance }} holds the WAL of logical slots",
      ...explainedBy("slots_held"),
    },
    {
      name: "PgreplSubscriptionDataDiffers",
      severity: "warning",
      expression:
        'max by (instance, cluster, subscription) (pgrepl_consistency_different{subscription!=""}) == 1',
      forSeconds: 0,
      summary:
        "Subscription {{ $labels.subscription }} on {{ $labels.instance }} has other rows than its publisher",
      ...explainedBy("subscription_data_differs"),
    },
    {
      name: "PgreplNotReplicated",
      severity: "warning",
      // Once it fails, that is the alert.
      expression:
        `max by (instance, cluster) (pgrepl_finding{check=~"table_not_subscribed|${
          UNFIT.join("|")
        }",severity="warning"}) > 0\n` +
        'unless on (instance, cluster) pgrepl_subscription_reason{reason=~"apply_error|copy_error|disabled_by_error"} == 1',
      // Longer than a change of the schema on one side after the other.
      forSeconds: 900,
      summary: "Published tables or columns do not replicate to {{ $labels.instance }}",
      names: UNFIT,
      ...explainedBy("table_not_subscribed", {
        look: ["`pg-replication-exporter doctor` and the page name the subscription and the tables."],
        steps: UNFIT.map((name) => {
          const { meaning, steps } = explainedBy(name);
          return `\`${name}\`: ${meaning} ${steps.join(" ")}`;
        }),
      }),
    },
  ],
};
