import { joinNames } from "../../domain/quantities.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import { memberOf, serverNamed } from "../findings/view_queries.ts";
import { candidatePoints, primaryPoints, replayPoints, timelinePoints } from "./candidate.ts";
import { betterThan, deriveFollowers, followerPoints } from "./followers.ts";
import { deriveLoss, lossPoints } from "./loss.ts";
import {
  type Preflight,
  PREFLIGHT_PARTS,
  PREFLIGHT_WEIGHTS,
  type PreflightPoint,
  type PreflightStep,
  type PreflightVerdict,
  type WalLoss,
} from "./preflight.ts";
import { adviceUnder, questionOf } from "../managers/advise.ts";
import { MANAGER_NAMES } from "../../domain/manager.ts";
import type { StepsInput } from "./commands.ts";
import { leadConsumers } from "./consumer_steps.ts";
import { consumerPoints, deriveConsumers } from "./consumers.ts";
import { deriveManagedSteps } from "./managed_steps.ts";
import {
  type DerivedPoint,
  inCharge,
  pointOn,
  type PreflightContext,
  preflightContextOf,
} from "./preflight_context.ts";
import { settingsPoints } from "./settings.ts";
import { deriveSlots, slotPoints } from "./slots.ts";
import { deriveSteps } from "./steps.ts";
import { deriveSync, syncPoints } from "./sync.ts";

const NOTHING_KNOWN: WalLoss = {
  bytes: null,
  atLeastBytes: null,
  seconds: null,
  isAtMost: false,
  basis: null,
  basisPosition: null,
  basisAgeSeconds: null,
  receivedPosition: null,
  replayedPosition: null,
};

/**
 * Whether a standby may become the primary now.
 *
 * @param view Everything known.
 * @param name The standby: a configured or discovered server.
 * @returns The verdict and its points; with a reason when it is unknown.
 */
export function derivePreflight(view: View, name: string): Preflight {
  const named = serverNamed(view, name);
  const candidate = serverNamed(view, named?.aliasOf ?? null) ?? named;
  if (candidate === null) return undecided(name, unknownName(view, name));
  if (!candidate.up) {
    return undecided(name, {
      part: "candidate",
      weight: "unknown",
      text: `"${name}" is unreachable: ${candidate.trouble?.message ?? "the reason is unknown"}`,
      advice: "Fix that first, or check another standby",
    });
  }
  if (candidate.role === "primary") {
    return undecided(name, {
      part: "candidate",
      weight: "no_go",
      text: `"${name}" is already a primary: it is not in recovery`,
      advice: `Name one of its standbys: ${joinNames(standbysOf(view)) || "none known"}`,
    });
  }
  const context = preflightContextOf(view, candidate);
  if (context === null) {
    return undecided(name, {
      part: "candidate",
      weight: "unknown",
      text: `The cluster of "${name}" is unknown: its system identifier could not be read`,
      advice: "Run: pg-replication-exporter doctor",
    });
  }
  const loss = deriveLoss(context);
  const followers = deriveFollowers(context);
  const slots = deriveSlots(context, followers);
  const consumers = deriveConsumers(context, slots);
  const sync = deriveSync(context, followers);
  const points = spokenBy(context, [
    ...managerPoints(context),
    ...candidatePoints(context),
    ...primaryPoints(context),
    ...lossPoints(context, loss),
    ...timelinePoints(context),
    ...replayPoints(context),
    ...followerPoints(context, followers),
    ...slotPoints(context, slots),
    ...consumerPoints(context, consumers),
    ...syncPoints(context, sync),
    ...settingsPoints(context),
  ]);
  const verdict = verdictOf(points, loss);
  const isSplit = context.cluster.primaries.length > 1;
  const isStranded = points.some(({ part, weight }) => part === "timeline" && weight === "no_go");
  return {
    candidate: name,
    primary: context.primary?.server ?? null,
    kind: context.isPrimaryUp ? "switchover" : "failover",
    verdict,
    headline: headlineOf(name, { verdict, points }),
    better: betterThan(context, followers)?.name ?? null,
    loss,
    points: sorted(points),
    followers,
    slots: slots ?? [],
    consumers,
    manager: context.manager,
    steps: isSplit || isStranded ? [] : deriveAllSteps({ context, loss, followers, slots, consumers, sync }),
  };
}

function undecided(candidate: string, point: PreflightPoint): Preflight {
  const verdict = verdictOf([point], NOTHING_KNOWN);
  return {
    candidate,
    primary: null,
    kind: "failover",
    verdict,
    headline: headlineOf(candidate, { verdict, points: [point] }),
    better: null,
    loss: NOTHING_KNOWN,
    points: [point],
    followers: [],
    slots: [],
    consumers: [],
    manager: null,
    steps: [],
  };
}

/** The manager's steps; after them those by hand where it is only likely that it is in charge. */
function deriveAllSteps(input: StepsInput): readonly PreflightStep[] {
  const managed = deriveManagedSteps(input);
  if (managed === null) return deriveSteps(input);
  return inCharge(input.context) === null
    ? [...managed, ...deriveSteps(input)]
    : [...managed, ...leadConsumers(input)];
}

/** Who is in charge, or that it is unknown. */
function managerPoints({ manager, cluster, view }: PreflightContext): readonly DerivedPoint[] {
  const say = pointOn("primary");
  if (manager === null) {
    const isKnown = cluster.servers.some((name) => serverNamed(view, name)?.facts.manager !== undefined);
    return isKnown ? [] : [
      say(
        "warning",
        "Whether an HA manager is in charge is unknown",
        "Enable the collector manager; under an HA manager use its commands, not the steps below",
      ),
    ];
  }
  const name = MANAGER_NAMES[manager.manager];
  return manager.certainty === "certain"
    ? [
      say("info", `${name} is in charge (${manager.by.join("; ")}): it changes the primary, not you by hand`),
    ]
    : [say("warning", `${name} may be in charge (${manager.by.join("; ")})`, questionOf(manager))];
}

/** Advice in the commands of the manager in charge. */
function spokenBy(
  { manager, candidate, view }: PreflightContext,
  points: readonly DerivedPoint[],
): readonly PreflightPoint[] {
  const place = memberOf(view, { server: candidate.server, subject: "" });
  return points.map(({ remedy, ...point }) => ({
    ...point,
    advice: adviceUnder(point.advice, { remedy, manager, place }),
  }));
}

function unknownName(view: View, name: string): PreflightPoint {
  const remembered = view.standbys.find((standby) => standby.name === name);
  return remembered === undefined
    ? {
      part: "candidate",
      weight: "unknown",
      text: `There is no server "${name}"`,
      advice: `Standbys: ${joinNames(standbysOf(view)) || "none known"}`,
    }
    : {
      part: "candidate",
      weight: "unknown",
      text: `"${name}" streams from "${
        remembered.upstream ?? "a server"
      }", but it is not configured, so it cannot be queried`,
      advice: `Add it: --server='${name}=...'`,
    };
}

function standbysOf({ servers }: View): readonly string[] {
  return servers.filter((server: ServerSnapshot) => server.role !== "primary").map(({ server }) => server);
}

function verdictOf(points: readonly PreflightPoint[], loss: WalLoss): PreflightVerdict {
  const has = (weight: PreflightPoint["weight"]) => points.some((point) => point.weight === weight);
  if (has("no_go")) return "no_go";
  if (has("unknown")) return "unknown";
  if (has("loss")) return loss.bytes === null ? "go_with_unknown_losses" : "go_with_losses";
  return has("warning") ? "go_with_warnings" : "go";
}

const HEADLINES: Readonly<Record<PreflightVerdict, (name: string) => string>> = {
  go: (name) => `Go: "${name}" may become the primary`,
  go_with_warnings: (name) => `Go, with warnings: "${name}" may become the primary`,
  go_with_losses: (name) => `Go only if losses are accepted: "${name}" may become the primary`,
  go_with_unknown_losses: (name) =>
    `Go only if unknown losses are accepted: "${name}" may become the primary`,
  no_go: (name) => `No go: "${name}" should not become the primary now`,
  unknown: (name) => `Unknown: it cannot be determined whether "${name}" may become the primary`,
};

function headlineOf(
  name: string,
  { verdict, points }: { readonly verdict: PreflightVerdict; readonly points: readonly PreflightPoint[] },
): string {
  const decisive = PREFLIGHT_WEIGHTS.slice(0, 4).map((weight) =>
    points.find((point) => point.weight === weight)
  );
  const first = verdict === "go" ? undefined : decisive.find((point) => point !== undefined);
  return HEADLINES[verdict](name) + (first === undefined ? "" : `. ${first.text}`);
}

/** By part, and within a part worst first. */
function sorted(points: readonly PreflightPoint[]): readonly PreflightPoint[] {
  const rank = ({ part, weight }: PreflightPoint) =>
    PREFLIGHT_PARTS.indexOf(part) * PREFLIGHT_WEIGHTS.length + PREFLIGHT_WEIGHTS.indexOf(weight);
  return points.toSorted((a, b) => rank(a) - rank(b));
}
