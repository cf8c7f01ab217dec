import { joinNames } from "../../domain/quantities.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import { memberOf, serverNamed } from "../findings/view_queries.ts";
import { candidatePoints, primaryPoints, replayPoints, timelinePoints } from "./candidate.ts";
import { betterThan, deriveFollowers, followerPoints } from "./followers.ts";
import { deriveLoss, lossPoints } from "./loss.ts";
import { deriveMove, moversNamed } from "./logical_move.ts";
import type { Preflight, PreflightPoint, PreflightStep } from "./preflight.ts";
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
import { headlineOf, sorted, undecided, verdictOf } from "./verdict.ts";

/**
 * Whether a standby may become the primary now, or the applications of a publisher move to its subscriber.
 *
 * @param view Everything known.
 * @param name The standby: a configured or discovered server; or a subscription, or the server that has it.
 * @returns The verdict and its points; with a reason when it is unknown.
 */
export function derivePreflight(view: View, name: string): Preflight {
  const named = serverNamed(view, name);
  const candidate = serverNamed(view, named?.aliasOf ?? null) ?? named;
  if (candidate === null || candidate.role === "primary") {
    const movers = moversNamed(view, name);
    if (movers.length > 0) return deriveMove(view, { name, movers });
  }
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
      text: `There is no server ${view.subscriptions.length === 0 ? "" : "and no subscription "}"${name}"`,
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
