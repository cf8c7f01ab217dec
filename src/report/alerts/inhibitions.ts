/** One rule of Alertmanager: while a source fires, its targets notify nobody. */
export interface Inhibition {
  /** Why, one line for a person. */
  readonly reason: string;
  /** Names of alerts that name the cause. */
  readonly sources: readonly string[];
  /** Names of alerts about its consequences, or about its parts. */
  readonly targets: readonly string[];
  /** Labels that must be the same on both. */
  readonly equal: readonly string[];
}

/** What a synchronous standby that is down, cut off or late raises besides. */
const ABOUT_STANDBY = [
  "PgreplStandbyDisconnected",
  "PgreplStandbyUnreachable",
  "PgreplStandbyHalfOpen",
  "PgreplStandbyMustBeRebuilt",
  "PgreplStandbyReplayPaused",
  "PgreplStandbyLagWarning",
  "PgreplStandbyLagCritical",
];

/** What the expressions do not silence by themselves: alerts of different servers of one cluster. */
export const inhibitions: readonly Inhibition[] = [
  {
    reason: "Commits wait for a standby: that alert comes first, and names the standby in its summary.",
    sources: ["PgreplCommitsWaiting"],
    targets: ["PgreplSynchronousStandbysMissing", ...ABOUT_STANDBY],
    equal: ["cluster"],
  },
  {
    reason: "Commits will wait, if anybody writes: likewise.",
    sources: ["PgreplSynchronousStandbysMissing"],
    targets: ABOUT_STANDBY,
    equal: ["cluster"],
  },
];

/** The part of `alertmanager.yml` with the inhibitions, as Alertmanager reads it. */
export function buildInhibitRules(all: readonly Inhibition[]): {
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal: readonly string[];
  }[];
} {
  const matchNames = (names: readonly string[]) => [`alertname=~"${names.join("|")}"`];
  return {
    inhibit_rules: all.map(({ sources, targets, equal }) => ({
      source_matchers: matchNames(sources),
      target_matchers: matchNames(targets),
      equal,
    })),
  };
}
