import {
  type Preflight,
  PREFLIGHT_PARTS,
  PREFLIGHT_WEIGHTS,
  type PreflightPoint,
  type PreflightVerdict,
  type WalLoss,
} from "./preflight.ts";

/** A loss of which nothing is known. */
export const NOTHING_KNOWN: WalLoss = {
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

/** The verdict of one point that leaves no other. */
export function undecided(candidate: string, point: PreflightPoint): Preflight {
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

/** The verdict of all points. */
export function verdictOf(points: readonly PreflightPoint[], loss: WalLoss): PreflightVerdict {
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

/** The verdict in one sentence, with what decides it. */
export function headlineOf(
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
export function sorted(points: readonly PreflightPoint[]): readonly PreflightPoint[] {
  const rank = ({ part, weight }: PreflightPoint) =>
    PREFLIGHT_PARTS.indexOf(part) * PREFLIGHT_WEIGHTS.length + PREFLIGHT_WEIGHTS.indexOf(weight);
  return points.toSorted((a, b) => rank(a) - rank(b));
}
