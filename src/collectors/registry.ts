import { activity } from "./activity.ts";
import { archiveQueue } from "./archive_queue.ts";
import { archiver } from "./archiver.ts";
import type { Collector } from "./collector.ts";
import { conflicts } from "./conflicts.ts";
import { decoding } from "./decoding.ts";
import { manager } from "./manager.ts";
import { origins } from "./origins.ts";
import { prefetch } from "./prefetch.ts";
import { receiver } from "./receiver.ts";
import { recovery } from "./recovery.ts";
import { senders } from "./senders.ts";
import { server } from "./server.ts";
import { settings } from "./settings.ts";
import { slots } from "./slots.ts";
import { subscriptions } from "./subscriptions.ts";
import { sync } from "./sync.ts";
import { wal } from "./wal.ts";
import { walDirectory } from "./wal_directory.ts";

/**
 * Every collector, in the order in which their statements are sent: `server` first, because the others are planned by
 * its row, then the cheap and vital ones, so that a slow one delays none that matters more.
 */
export const collectors: readonly Collector[] = [
  server,
  senders,
  receiver,
  recovery,
  slots,
  subscriptions,
  origins,
  decoding,
  sync,
  wal,
  settings,
  manager,
  prefetch,
  conflicts,
  activity,
  archiver,
  archiveQueue,
  walDirectory,
];
