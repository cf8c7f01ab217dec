import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  tellCandidate,
  tellPrimary,
  tellReplay,
  tellTimeline,
} from "../../../src/cluster/preflight/candidate.ts";
import type { PreflightPoint } from "../../../src/cluster/preflight/preflight.ts";
import type { PreflightContext } from "../../../src/cluster/preflight/preflight_context.ts";
import { activity, receiver, recovery, server, settings } from "../fixtures.ts";
import { behind, contextAround, GONE, NEVER, ORPHANS, type Trio, trio, WRITTEN } from "./scenes.ts";

interface Case {
  readonly when: string;
  readonly tell: (context: PreflightContext) => readonly PreflightPoint[];
  readonly changes: Trio;
  readonly weights: readonly string[];
  readonly says: string;
}

const onTimeline = (timeline: number) => [
  server({ inRecovery: true, timeline, receivePosition: WRITTEN, replayPosition: WRITTEN }),
];

const CASES: readonly Case[] = [
  { when: "it streams", tell: tellCandidate, changes: {}, weights: ["fine"], says: 'streams from "primary"' },
  {
    when: "it does not, and the primary is up",
    tell: tellCandidate,
    changes: ORPHANS,
    weights: ["no_go"],
    says: 'does not stream from anybody, while "primary" is up',
  },
  {
    when: "it does not, as the primary is down",
    tell: tellCandidate,
    changes: { ...ORPHANS, snapshots: { primary: GONE } },
    weights: ["fine"],
    says: "as the primary is down",
  },
  {
    when: "it restores from the archive",
    tell: tellCandidate,
    changes: {
      ...ORPHANS,
      standby: { receiver: [], recovery: [recovery({ hasRestoreCommand: true })] },
      snapshots: { primary: GONE },
    },
    weights: ["warning"],
    says: "only what has been archived",
  },
  {
    when: "recovery has a target",
    tell: tellCandidate,
    changes: { standby: { recovery: [recovery({ hasRecoveryTarget: true })] } },
    weights: ["warning", "fine"],
    says: "has a target",
  },
  {
    when: "it must be rebuilt",
    tell: tellCandidate,
    changes: { standbys: { standby: { catchUp: "must_rebuild", catchUpText: "Its WAL is gone" } } },
    weights: ["no_go"],
    says: "Its WAL is gone",
  },
  {
    when: "the primary is up",
    tell: tellPrimary,
    changes: {},
    weights: ["info"],
    says: "must be stopped before",
  },
  {
    when: "the primary is down",
    tell: tellPrimary,
    changes: { ...ORPHANS, snapshots: { primary: GONE } },
    weights: ["info"],
    says: "Nothing listens at db0.example",
  },
  {
    when: "the primary cannot be reached from here alone",
    tell: tellPrimary,
    changes: { snapshots: { primary: NEVER } },
    weights: ["no_go"],
    says: 'it is alive: it sent something to "standby" 1.0 s ago',
  },
  {
    when: "the primary is silent on an open connection",
    tell: tellPrimary,
    changes: {
      snapshots: { primary: GONE },
      standby: { receiver: [receiver({ lastMessageAgeSeconds: 30 })] },
    },
    weights: ["unknown"],
    says: "silent for 30.0 s: whether it is dead is not known",
  },
  { when: "one timeline", tell: tellTimeline, changes: {}, weights: ["fine"], says: "on timeline 1, like" },
  {
    when: "a timeline to follow yet",
    tell: tellTimeline,
    changes: { primary: { server: [server({ timeline: 2, writePosition: WRITTEN })] } },
    weights: ["warning"],
    says: "has yet to follow",
  },
  {
    when: "a timeline ahead",
    tell: tellTimeline,
    changes: { standby: { server: onTimeline(3) } },
    weights: ["no_go"],
    says: "ahead of",
  },
  {
    when: "a primary that was never read",
    tell: tellTimeline,
    changes: { snapshots: { primary: NEVER } },
    weights: ["info"],
    says: "never read",
  },
  {
    when: "parted",
    tell: tellTimeline,
    changes: {
      standbys: {
        standby: {
          lag: {
            server: "standby",
            seconds: null,
            bytes: null,
            source: null,
            unknownReason: "diverged",
            unknownBecause: "It has more",
          },
        },
      },
    },
    weights: ["no_go"],
    says: "they have parted",
  },
  { when: "all replayed", tell: tellReplay, changes: {}, weights: ["fine"], says: "has replayed all" },
  {
    when: "a little to replay",
    tell: tellReplay,
    changes: { standby: { server: behind(0, 2048) } },
    weights: ["fine"],
    says: "2.0 KiB of WAL left to replay",
  },
  {
    when: "much to replay",
    tell: tellReplay,
    changes: {
      standby: { server: behind(0, 70 * 1024 ** 2) },
      servers: { standby: { replayBytesPerSecond: 1024 ** 2 } },
    },
    weights: ["warning"],
    says: "first has to replay 70.0 MiB of WAL, about 1 min 10 s",
  },
  {
    when: "paused",
    tell: tellReplay,
    changes: { standby: { server: behind(0, 2048), recovery: [recovery({ pauseState: "paused" })] } },
    weights: ["warning"],
    says: "SELECT pg_wal_replay_resume()",
  },
  {
    when: "delayed on purpose",
    tell: tellReplay,
    changes: { standby: { recovery: [recovery({ applyDelaySeconds: 3600 })] } },
    weights: ["warning"],
    says: "applies 1 h late on purpose",
  },
  {
    when: "replay waits for a query, for ever",
    tell: tellReplay,
    changes: {
      standbys: { standby: { reason: "conflict" } },
      standby: { settings: [settings({ maxStandbyStreamingDelaySeconds: null })] },
    },
    weights: ["warning"],
    says: "for ever (max_standby_streaming_delay = -1)",
  },
  {
    when: "a long query",
    tell: tellReplay,
    changes: { standby: { activity: [activity({ oldestSnapshotSeconds: 600 })] } },
    weights: ["info"],
    says: "runs for 10 min",
  },
  {
    when: "recovery that was not read",
    tell: tellReplay,
    changes: { standby: { recovery: [] } },
    weights: ["warning"],
    says: "paused is not known",
  },
];

for (const { when, tell, changes, weights, says } of CASES) {
  Deno.test(`${tell.name}: ${when}`, () => {
    const points = tell(contextAround(trio(changes)));
    const told = points.map(({ text, advice }) => `${text} ${advice}`).join("\n");
    assertEquals(points.map(({ weight }) => weight), weights, told);
    assertStringIncludes(told, says);
  });
}
