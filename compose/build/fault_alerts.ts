/**
 * Which alert each fault of the lab raises: the table in the list of runbooks, and what the tests of the rules demand of
 * the recordings of these faults.
 *
 * @module
 */

/** A fault and its alert. */
export interface FaultAlert {
  /** Name of its recording in `tests/rules/recorded`, and of its script in `tests/rules/record.ts`. */
  readonly recording: string;
  /** What happens, for a person. */
  readonly fault: string;
  /** Name of the only alert that notifies, apart from info; null when nothing needs to be done at once. */
  readonly alert: string | null;
  /** Servers that it fires for; `cluster` for one about a whole cluster. */
  readonly instances: readonly string[];
  /** The warning that it replaces, when the fault grows from one to the other. */
  readonly before?: string;
  /** Alerts that fire too, and that Alertmanager inhibits. */
  readonly inhibited?: readonly { readonly alert: string; readonly instance: string }[];
}

const DOWN = "PgreplServerDown";
const DISCONNECTED = "PgreplStandbyDisconnected";
const UNREACHABLE = "PgreplStandbyUnreachable";
const SHORT = "PgreplSynchronousStandbysMissing";

/** Every fault of the lab. */
export const faultAlerts: readonly FaultAlert[] = [
  { recording: "cut", fault: "The link of a standby is cut", alert: DISCONNECTED, instances: ["standby"] },
  {
    recording: "cut_and_healed",
    fault: "The same, healed after two minutes",
    alert: DISCONNECTED,
    instances: ["standby"],
  },
  {
    recording: "cut_and_restarted",
    fault: "The same, and the standby is restarted",
    alert: DISCONNECTED,
    instances: ["standby"],
  },
  {
    recording: "stall",
    fault: "The link of a standby stays open, but passes nothing",
    alert: DISCONNECTED,
    instances: ["standby"],
  },
  {
    recording: "refuse",
    fault: "New connections of a standby are refused; the current one stays",
    alert: null,
    instances: [],
  },
  {
    recording: "drop_slot",
    fault: "The slot of a standby is dropped",
    alert: DISCONNECTED,
    instances: ["standby"],
  },
  {
    recording: "lose_slot",
    fault: "A standby is away until its slot is lost",
    alert: "PgreplStandbyMustBeRebuilt",
    instances: ["standby"],
  },
  {
    recording: "freeze_receiver",
    fault: "The receiver of a standby is frozen",
    alert: "PgreplStandbyHalfOpen",
    instances: ["standby"],
  },
  { recording: "freeze_standby", fault: "A standby is frozen", alert: UNREACHABLE, instances: ["standby"] },
  { recording: "kill_standby", fault: "A standby is killed", alert: UNREACHABLE, instances: ["standby"] },
  { recording: "stop_standby", fault: "A standby is stopped", alert: UNREACHABLE, instances: ["standby"] },
  {
    recording: "kill_above",
    fault: "A standby that feeds another one is killed",
    alert: UNREACHABLE,
    instances: ["standby"],
  },
  {
    recording: "kill_primary",
    fault: "The primary is killed",
    alert: "PgreplNoPrimary",
    instances: ["cluster"],
  },
  {
    recording: "freeze_primary",
    fault: "The primary is frozen",
    alert: "PgreplNoPrimary",
    instances: ["cluster"],
  },
  {
    recording: "failover",
    fault: "The primary is killed, and 20 s later its standby promoted",
    alert: UNREACHABLE,
    instances: ["primary"],
  },
  { recording: "kill_all", fault: "Every server is killed", alert: DOWN, instances: ["primary", "standby"] },
  {
    recording: "split_brain",
    fault: "A standby is promoted beside its primary",
    alert: "PgreplSplitBrain",
    instances: ["cluster"],
  },
  {
    recording: "stranded",
    fault: "The same, and half a minute later the old primary is stopped",
    alert: "PgreplServerStranded",
    instances: ["primary"],
    before: "PgreplSplitBrain",
  },
  {
    recording: "pause",
    fault: "Replay is paused",
    alert: "PgreplStandbyReplayPaused",
    instances: ["standby"],
  },
  {
    recording: "pause_above",
    fault: "The same on a standby that feeds another one",
    alert: "PgreplStandbyReplayPaused",
    instances: ["standby"],
  },
  { recording: "delay", fault: "A standby applies 90 s late on purpose", alert: null, instances: [] },
  {
    recording: "conflict",
    fault: "A query on a standby blocks replay",
    alert: "PgreplStandbyLagCritical",
    instances: ["standby"],
    before: "PgreplStandbyLagWarning",
  },
  {
    recording: "cut_synchronous",
    fault: "The link of a synchronous standby is cut, and commits wait",
    alert: "PgreplCommitsWaiting",
    instances: ["primary"],
    inhibited: [{ alert: SHORT, instance: "primary" }, { alert: DISCONNECTED, instance: "standby" }],
  },
  {
    recording: "freeze_synchronous",
    fault: "A synchronous standby is frozen, and commits wait",
    alert: "PgreplCommitsWaiting",
    instances: ["primary"],
    inhibited: [{ alert: SHORT, instance: "primary" }, { alert: UNREACHABLE, instance: "standby" }],
  },
  {
    recording: "cut_synchronous_idle",
    fault: "The link of a synchronous standby is cut while nothing is written",
    alert: SHORT,
    instances: ["primary"],
    inhibited: [{ alert: DISCONNECTED, instance: "standby" }],
  },
  {
    recording: "exhaust",
    fault: "The connections of the primary are exhausted; the exporter keeps its own",
    alert: null,
    instances: [],
  },
  {
    recording: "change_password",
    fault: "The password of the exporter's role is changed, and its sessions are ended",
    alert: DOWN,
    instances: ["primary", "standby"],
  },
  {
    recording: "end_sessions",
    fault: "The exporter's sessions are ended, and nothing is written any more",
    alert: null,
    instances: [],
  },
  { recording: "restart", fault: "A standby, then the primary, is restarted", alert: null, instances: [] },
  { recording: "receivewal", fault: "`pg_receivewal` connects", alert: null, instances: [] },
  { recording: "repoint", fault: "A standby is made to follow another one", alert: null, instances: [] },
  { recording: "nothing", fault: "None", alert: null, instances: [] },
];
