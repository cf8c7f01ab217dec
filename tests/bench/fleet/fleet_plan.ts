/** Which servers a fleet has. */
import { SimCluster, type SimServer } from "./sim_cluster.ts";

/** A fleet. */
export interface FleetPlan {
  /** Clusters. */
  readonly clusters: number;
  /** Standbys of each. */
  readonly standbys: number;
  /** Further inactive slots on each primary. */
  readonly otherSlots: number;
  /** Share of servers that refuse connections, all standbys. */
  readonly deadShare: number;
  /** Share of servers that answer late, all standbys. */
  readonly slowShare: number;
  /** A cluster fails over every so many seconds, one after the other; 0: never. */
  readonly failoverSeconds: number;
  /** Port of the first server; each has an address and a port of its own, as servers of one host would have. */
  readonly port: number;
}

/** Every fourth cluster is idle, the others write up to this many bytes a second. */
const MOST_BYTES_PER_SECOND = 2 ** 20;
/** Every tenth cluster has standbys that follow late, seconds. */
const LATE_SECONDS = 3;

/** The address of a server: 127.32.0.1 and so on, all of the loopback network. */
function addressOf(index: number): string {
  return `127.${32 + (index >> 16)}.${(index >> 8) & 255}.${(index & 255) || 1}`;
}

/** Ports above those of well-known services. */
function portOf(number: number): number {
  return 10_000 + number % 50_000;
}

/** Makes the clusters of a plan; the same plan gives the same fleet. */
export function makeClusters(
  plan: FleetPlan,
  { majors, now }: { readonly majors: readonly number[]; readonly now: number },
): readonly SimCluster[] {
  let count = 0;
  return Array.from({ length: plan.clusters }, (_, cluster) => {
    const major = majors[cluster % majors.length] ?? 15;
    const servers = Array.from({ length: plan.standbys + 1 }, (_, index): SimServer => {
      count += 1;
      // Skips x.x.x.0, which addressOf() could not tell from x.x.x.1.
      if (count % 256 === 0) count += 2;
      return {
        name: `c${cluster}_n${index}`,
        address: addressOf(count),
        port: portOf(plan.port + count),
        major,
        lagSeconds: cluster % 10 === 9 ? LATE_SECONDS : 0.02,
        senderPid: 1000 + count * 100,
        state: index === 0 ? "up" : stateOf(count, plan),
      };
    });
    return new SimCluster(servers, {
      systemIdentifier: String(7_000_000_000_000_000_000n + BigInt(cluster)),
      bytesPerSecond: cluster % 4 === 3 ? 0 : MOST_BYTES_PER_SECOND / (1 + cluster % 7),
      otherSlots: plan.otherSlots,
      now,
    });
  });
}

/** Spreads the dead and the slow evenly. */
function stateOf(index: number, { deadShare, slowShare }: FleetPlan): SimServer["state"] {
  const at = (index * 0.618034) % 1;
  return at < deadShare ? "refusing" : at < deadShare + slowShare ? "slow" : "up";
}
