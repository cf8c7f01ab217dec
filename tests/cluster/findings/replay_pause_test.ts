import { replayPauseChecks } from "../../../src/cluster/findings/replay_pause.ts";
import { recovery } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const paused = { recovery: [recovery({ pauseState: "paused" as const })] };

testChecks(replayPauseChecks, [
  {
    check: "replay_paused",
    when: "with WAL that waits",
    view: viewOf({ standby: paused, derived: { lag: { seconds: 12, bytes: 2048 } } }),
    raises: ["warning standby"],
    says: ["2.0 KiB not replayed; 12.0 s behind", "SELECT pg_wal_replay_resume()"],
  },
  {
    check: "replay_paused",
    when: "forgotten",
    view: viewOf({ standby: paused, derived: { lag: { seconds: 301, bytes: 2048 } } }),
    raises: ["critical standby"],
  },
  {
    check: "replay_paused",
    when: "info while nothing waits",
    view: viewOf({ standby: paused }),
    raises: ["info standby"],
  },
  {
    check: "replay_paused",
    when: "about to, and its backlog unknown",
    view: viewOf({
      standby: { recovery: [recovery({ pauseState: "pause requested" })] },
      derived: { lag: { seconds: null, bytes: null } },
    }),
    raises: ["warning standby"],
    says: ["about to pause", "backlog unknown"],
  },
  {
    check: "replay_paused",
    when: "at its recovery target",
    view: viewOf({
      standby: {
        receiver: [],
        recovery: [recovery({ pauseState: "paused", hasRecoveryTarget: true, hasPrimaryConninfo: false })],
      },
      derived: { lag: { seconds: 9999, bytes: 2048 } },
    }),
    raises: ["warning standby"],
    says: ["primary_conninfo is empty, so nothing streams", "Do not resume it", 'beside "primary"'],
  },
  { check: "replay_paused", when: "not when it replays", view: viewOf(), raises: [] },
]);
