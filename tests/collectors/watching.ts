/**
 * Runs collectors on a server of the lab over one kept session, as the exporter does.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Server } from "../../compose/lab/server.ts";
import type { CollectContext } from "../../src/collectors/collector.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { Secret } from "../../src/config/secret.ts";
import type { CollectorName, Facts, ServerFact } from "../../src/domain/facts.ts";
import type { Role } from "../../src/domain/role.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { openSession, type Session } from "../../src/postgres/session.ts";
import { target } from "../fixtures/targets.ts";

/** A watched server; disposing it closes the session. */
export class Watched implements Disposable {
  readonly #session: Session;

  /** Use {@linkcode watch}. */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Version the server announced. */
  get versionNum(): number {
    return this.#session.versionNum;
  }

  /** Runs a statement; rows of text. */
  query(sql: string, options: { readonly statementTimeoutSeconds?: number } = {}): Promise<readonly Row[]> {
    return this.#session.query(sql, { ...options, signal: AbortSignal.timeout(60_000) });
  }

  /**
   * Runs collectors at once, whatever the server's role: a statement must be safe in both.
   *
   * @param options `role` the plan believes in; `without`: collectors to leave out.
   * @returns Every fact, after checking that nothing of them breaks a page.
   */
  async collect(
    options: { readonly role?: Role; readonly without?: readonly CollectorName[] } = {},
  ): Promise<Facts> {
    const context: CollectContext = {
      versionNum: this.versionNum,
      role: options.role ?? "primary",
      query: (sql, limits) => this.query(sql, limits),
    };
    const chosen = collectors.filter(({ name }) => !(options.without ?? []).includes(name));
    const entries = await Promise.all(chosen.map(async (collector) => {
      const facts = await Array.fromAsync(collector.collect(context));
      const { rejected } = gatherFamilies(collector.measure(facts, { instance: "a" }));
      assertEquals(rejected, [], collector.name);
      return { [collector.name]: facts };
    }));
    return Object.assign({}, ...entries);
  }

  /** The fact of the `server` collector. */
  async server(): Promise<ServerFact> {
    const others = collectors.map(({ name }) => name).filter((name) => name !== "server");
    const fact = (await this.collect({ without: others })).server?.[0];
    if (fact === undefined) throw new Error("The server collector had no row");
    return fact;
  }

  /** Closes the session. */
  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

/** Opens a session with a server of the lab. */
export async function watch(server: Server, user: "monitor" | "plain" | "postgres"): Promise<Watched> {
  const url = new URL(server.dsn({ user }));
  const session = await openSession(
    target({ port: server.port, user, password: new Secret(decodeURIComponent(url.password)) }),
    {
      server: server.name,
      signal: AbortSignal.timeout(60_000),
      statementTimeoutSeconds: 30,
      lockTimeoutSeconds: 10,
      readTextFile: (path) => Deno.readTextFile(path),
    },
  );
  return new Watched(session);
}
