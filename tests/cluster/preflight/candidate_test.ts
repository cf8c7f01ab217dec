import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  candidatePoints,
  primaryPoints,
  replayPoints,
  timelinePoints,
} from "../../../src/cluster/preflight/candidate.ts";
import type { PreflightPoint } from "../../../src/cluster/preflight/preflight.ts";
import type { PreflightContext } from "../../../src/cluster/preflight/preflight_context.ts";
import { activity, receiver, recovery, server, settings } from "../fixtures.ts";
import { behind, contextAround, GONE, NEVER, ORPHANS, type Trio, trio, WRITTEN } from "./scenes.ts";

interface Case {
  readonly when: string;
  readonly pointsOf: (context: PreflightContext) => readonly PreflightPoint[];
  readonly changes: Trio;
  readonly weights: readonly string[];
  readonly says: string;
}

const onTimeline = (timeline: number) => [
  server({ inRecovery: true, timeline, receivePosition: WRITTEN, replayPosition: WRITTEN }),
];

const CASES: readonly Case[] = [
  {
    when: "it streams",
    pointsOf: candidatePoints,
    changes: {},
    weights: ["fine"],
    says: 'streams from "primary"',
  },
  {
    when: "it does not stream and the primary is up",
    pointsOf: candidatePoints,
    changes: ORPHANS,
    weights: ["no_go"],
    says: 'does not stream from any server, while "primary" is up',
  },
  {
    when: "it does not stream because the primary is down",
    pointsOf: candidatePoints,
    changes: { ...ORPHANS, snapshots: { primary: GONE } },
    weights: ["fine"],
    says: "because the primary is down",
  },
  {
    when: "its receiver cannot be read and the primary is down",
    pointsOf: candidatePoints,
    changes: {
      snapshots: { primary: GONE },
      standby: { receiver: [receiver({ status: null })] },
      standbys: { standby: { connected: null } },
    },
    weights: ["warning"],
    says: "streams from any server is unknown",
  },
  {
    when: "its receiver cannot be read, so whether the primary is alive is unknown",
    pointsOf: primaryPoints,
    changes: { snapshots: { primary: GONE }, standby: { receiver: [receiver({ status: null })] } },
    weights: ["unknown"],
    says: 'whether "standby" still receives from it is unknown',
  },
  {
    when: "its recovery cannot be read",
    pointsOf: candidatePoints,
    changes: {
      snapshots: { primary: GONE },
      standby: { receiver: [], recovery: [] },
      standby2: { receiver: [] },
    },
    weights: ["warning"],
    says: "whether it restores is unknown",
  },
  {
    when: "it restores from the archive",
    pointsOf: candidatePoints,
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
    pointsOf: candidatePoints,
    changes: { standby: { recovery: [recovery({ hasRecoveryTarget: true })] } },
    weights: ["warning", "fine"],
    says: "has a target",
  },
  {
    when: "it must be rebuilt",
    pointsOf: candidatePoints,
    changes: { standbys: { standby: { catchUp: "must_rebuild", catchUpText: "Its WAL is gone" } } },
    weights: ["no_go"],
    says: "Its WAL is gone",
  },
  {
    when: "the primary is up",
    pointsOf: primaryPoints,
    changes: {},
    weights: ["info"],
    says: "must be stopped before",
  },
  {
    when: "the primary is down",
    pointsOf: primaryPoints,
    changes: { ...ORPHANS, snapshots: { primary: GONE } },
    weights: ["info"],
    says: "Nothing listens at db0.example",
  },
  {
    when: "only the exporter cannot reach the primary",
    pointsOf: primaryPoints,
    changes: { snapshots: { primary: NEVER } },
    weights: ["no_go"],
    says: 'it is alive: it sent a message to "standby" 1.0 s ago',
  },
  {
    when: "the primary is silent on an open connection",
    pointsOf: primaryPoints,
    changes: {
      snapshots: { primary: GONE },
      standby: { receiver: [receiver({ lastMessageAgeSeconds: 30 })] },
    },
    weights: ["unknown"],
    says: "silent for 30.0 s: whether it is down is unknown",
  },
  {
    when: "both are on one timeline",
    pointsOf: timelinePoints,
    changes: {},
    weights: ["fine"],
    says: "on timeline 1, like",
  },
  {
    when: "it has not yet followed to the new timeline",
    pointsOf: timelinePoints,
    changes: { primary: { server: [server({ timeline: 2, writePosition: WRITTEN })] } },
    weights: ["warning"],
    says: "has yet to follow",
  },
  {
    when: "it is on a later timeline",
    pointsOf: timelinePoints,
    changes: { standby: { server: onTimeline(3) } },
    weights: ["no_go"],
    says: "ahead of",
  },
  {
    when: "the primary was never read",
    pointsOf: timelinePoints,
    changes: { snapshots: { primary: NEVER } },
    weights: ["info"],
    says: "never read",
  },
  {
    when: "diverged",
    pointsOf: timelinePoints,
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
    says: "they have diverged",
  },
  {
    when: "everything is replayed",
    pointsOf: replayPoints,
    changes: {},
    weights: ["fine"],
    says: "has replayed everything it has received",
  },
  {
    when: "little WAL is left to replay",
    pointsOf: replayPoints,
    changes: { standby: { server: behind(0, 2048) } },
    weights: ["fine"],
    says: "2.0 KiB of WAL left to replay",
  },
  {
    when: "much WAL is left to replay",
    pointsOf: replayPoints,
    changes: {
      standby: { server: behind(0, 70 * 1024 ** 2) },
      servers: { standby: { replayBytesPerSecond: 1024 ** 2 } },
    },
    weights: ["warning"],
    says: "first has to replay 70.0 MiB of WAL, about 1 min 10 s",
  },
  {
    when: "replay is paused",
    pointsOf: replayPoints,
    changes: { standby: { server: behind(0, 2048), recovery: [recovery({ pauseState: "paused" })] } },
    weights: ["warning"],
    says: "See finding replay_paused",
  },
  {
    when: "replay is delayed (recovery_min_apply_delay)",
    pointsOf: replayPoints,
    changes: { standby: { recovery: [recovery({ applyDelaySeconds: 3600 })] } },
    weights: ["warning"],
    says: "applies WAL 1 h late (recovery_min_apply_delay)",
  },
  {
    when: "replay waits for a query without a time limit",
    pointsOf: replayPoints,
    changes: {
      standbys: { standby: { reason: "conflict" } },
      standby: { settings: [settings({ maxStandbyStreamingDelaySeconds: null })] },
    },
    weights: ["warning"],
    says: "forever (max_standby_streaming_delay = -1)",
  },
  {
    when: "a query has been running for a long time",
    pointsOf: replayPoints,
    changes: { standby: { activity: [activity({ oldestSnapshotSeconds: 600 })] } },
    weights: ["info"],
    says: "has been running for 10 min",
  },
  {
    when: "the recovery state was not read",
    pointsOf: replayPoints,
    changes: { standby: { recovery: [] } },
    weights: ["warning"],
    says: "paused is unknown",
  },
];

for (const { when, pointsOf, changes, weights, says } of CASES) {
  Deno.test(`${pointsOf.name}(): ${when}`, () => {
    const points = pointsOf(contextAround(trio(changes)));
    const text = points.map((point) => `${point.text} ${point.advice}`).join("\n");
    assertEquals(points.map(({ weight }) => weight), weights, text);
    assertStringIncludes(text, says);
  });
}
