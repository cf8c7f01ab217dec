/** Every benchmark, in the order of execution. */
import { coldScrape } from "./measure/cold_scrape.ts";
import { collectingScrape } from "./measure/collecting_scrape.ts";
import { cpu } from "./measure/cpu.ts";
import { derivedView } from "./measure/derived_view.ts";
import { encoding } from "./measure/encoding.ts";
import { executionTime } from "./measure/execution_time.ts";
import { fleet } from "./measure/fleet.ts";
import { fleetCurve } from "./measure/fleet_curve.ts";
import { memoryScrape } from "./measure/memory_scrape.ts";
import { residentMemory } from "./measure/resident_memory.ts";
import { rest } from "./measure/rest.ts";
import { roundTrips } from "./measure/round_trips.ts";
import { routingCheck } from "./measure/routing_check.ts";
import { sampleCost } from "./measure/sample_cost.ts";
import { slots } from "./measure/slots.ts";
import { subscriptions } from "./measure/subscriptions.ts";
import { start } from "./measure/start.ts";
import type { Benchmark } from "./row.ts";

/** All; those that restart the primary come last. */
export const benchmarks: readonly Benchmark[] = [
  roundTrips,
  executionTime,
  sampleCost,
  memoryScrape,
  routingCheck,
  collectingScrape,
  coldScrape,
  cpu,
  rest,
  residentMemory,
  encoding,
  derivedView,
  start,
  fleet,
  fleetCurve,
  slots,
  subscriptions,
];
