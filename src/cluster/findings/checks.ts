/**
 * Every check, in the order in which findings of one severity are shown: what explains other findings comes first.
 *
 * @module
 */
import { archiverChecks } from "./archiver.ts";
import type { Check } from "./check.ts";
import { clockChecks } from "./clocks.ts";
import { conflictChecks } from "./conflicts.ts";
import { connectionChecks } from "./connection.ts";
import { consistencyChecks } from "./consistency.ts";
import { databaseChecks } from "./databases.ts";
import { durabilityChecks } from "./durability.ts";
import { failoverSlotChecks } from "./failover_slots.ts";
import { lagChecks } from "./lag.ts";
import { logicalSlotChecks } from "./logical_slots.ts";
import { limitChecks } from "./limits.ts";
import { reachChecks } from "./connection_errors.ts";
import { recoveryChecks } from "./recovery.ts";
import { replicatedTableChecks } from "./replicated_tables.ts";
import { replayPauseChecks } from "./replay_pause.ts";
import { retentionChecks } from "./retention.ts";
import { rightsChecks } from "./rights.ts";
import { roleChecks } from "./roles.ts";
import { settingsMismatchChecks } from "./settings_mismatch.ts";
import { slotChecks } from "./slots.ts";
import { subscriptionChecks } from "./subscriptions.ts";
import { syncChecks } from "./sync.ts";
import { timeoutChecks } from "./timeouts.ts";
import { unwatchedChecks } from "./unwatched.ts";
import { versionChecks } from "./versions.ts";

/** All checks. */
export const checks: readonly Check[] = [
  ...roleChecks,
  ...reachChecks,
  ...unwatchedChecks,
  ...rightsChecks,
  ...versionChecks,
  ...consistencyChecks,
  ...recoveryChecks,
  ...settingsMismatchChecks,
  ...connectionChecks,
  ...replayPauseChecks,
  ...conflictChecks,
  ...lagChecks,
  ...syncChecks,
  ...subscriptionChecks,
  ...logicalSlotChecks,
  ...slotChecks,
  ...failoverSlotChecks,
  ...replicatedTableChecks,
  ...databaseChecks,
  ...retentionChecks,
  ...limitChecks,
  ...archiverChecks,
  ...timeoutChecks,
  ...clockChecks,
  ...durabilityChecks,
];
