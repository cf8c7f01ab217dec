/**
 * Injects faults into one pair of publisher and subscriber, and undoes them as their lines say.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { injectFault } from "../../compose/lab/fault_catalogue.ts";
import type { LogicalCluster } from "../../compose/lab/logical.ts";
import { until } from "../../compose/lab/until.ts";

/** Injects faults into one pair, and knows which of them it has seen. */
export class Bench {
  readonly logical: LogicalCluster;
  readonly major: number;
  readonly used = new Set<string>();

  constructor(logical: LogicalCluster) {
    this.logical = logical;
    this.major = logical.publisher.binaries.major;
  }

  /** Injects a fault; returns the one that undoes it, as printed. */
  async inject(request: string): Promise<string> {
    const line = await injectFault(this.logical.publisher, request.split(" "));
    this.used.add(request.split(" ")[0] ?? "");
    return /; undo: (.*)$/.exec(line)?.[1] ?? "";
  }

  /** Injects a fault, looks, undoes it as its line says, and waits until the subscriber has everything. */
  async through(request: string, look: () => Promise<void>): Promise<void> {
    const undo = await this.inject(request);
    await look();
    assert(undo !== "", `the line of ${request} says no undo`);
    await this.inject(undo);
    await this.logical.untilCaughtUp();
  }

  /** Waits until a query in the database `app` says so. */
  async until(side: "publisher" | "subscriber", query: string, expected: string | null): Promise<void> {
    const { subscriber, source } = this.logical;
    const server = side === "subscriber" ? subscriber : source;
    let last: string | null = null;
    await until(`${query} on ${server.name}`, async () => {
      last = await this.logical.text(server, query);
      return last === expected;
    }).catch((error) => {
      assertEquals(last, expected, String(error));
      throw error;
    });
  }

  /** Waits for a line in the subscriber's log, which is the only place for the reason of an error. */
  async untilLogged(pattern: RegExp): Promise<void> {
    const { subscriber } = this.logical;
    await until(`the log to say ${pattern}`, async () => pattern.test(await subscriber.readLogTail(200)));
  }

  /** What a slot shows; null for NULL. */
  async slot(column: string, slot = "app_sub"): Promise<string | null> {
    return await this.logical.source.text(
      `SELECT ${column} FROM pg_replication_slots WHERE slot_name = '${slot}'`,
    );
  }

  /** Asserts that the major version is too old for it, and that the lab says so. */
  async refused(request: string, least: number): Promise<void> {
    await assertRejects(
      () => this.inject(request),
      RangeError,
      `PostgreSQL ${this.major} has no`,
      `${request} needs ${least}`,
    );
    this.used.add(request.split(" ")[0] ?? "");
  }
}
