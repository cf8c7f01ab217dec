/** Views for tests of what is published from them. */
import type { View } from "../../src/domain/view.ts";

/** A view in which nothing is known but what is given. */
export function viewOf(known: Partial<View>): View {
  return {
    at: 0,
    servers: [],
    lags: new Map(),
    walBytesPerSecond: new Map(),
    replayBytesPerSecond: new Map(),
    connected: new Map(),
    slowest: new Map(),
    health: new Map(),
    clusters: [],
    ...known,
  };
}
