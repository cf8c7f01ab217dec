/**
 * A real cluster on which advice is carried out as printed: the code that the page marks to be pasted goes into psql of
 * the server that the text names before it, or into a shell.
 *
 * @module
 */
import { assert, assertMatch } from "@std/assert";
import { type ClusterOptions, startCluster } from "../../compose/lab/cluster.ts";
import type { LogicalCluster } from "../../compose/lab/logical.ts";
import { asUser } from "../../compose/lab/service_user.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { deriveReport } from "../../src/report/derive.ts";
import type { ReportFinding } from "../../src/report/model.ts";
import { splitAdvice } from "../../src/report/page/advice.ts";
import { type Cluster, DEBIAN_15, isInstalled, reasonToSkip, type Server, until } from "../live/support.ts";
import { watchCluster, type Watching, type WatchingOptions } from "../live/watching.ts";

/** Why advice cannot be carried out here; null when it can. */
export const reasonNotToObey: string | null = reasonToSkip() ??
  (isInstalled(DEBIAN_15) ? null : "psql and the programs of PostgreSQL 15 are not installed");

/** Code of an advice, and the server that the text before it names. */
export interface PrintedCode {
  /** Name of the server; "" when the text names none. */
  readonly server: string;
  /** Name of the database; "" when the text names none. */
  readonly database: string;
  /** SQL or a command. */
  readonly code: string;
}

/** Where a finding is looked for. */
export interface FindingPlace {
  readonly server?: string;
  readonly subject?: string;
  /** What its text must match, to wait for a later state of it. */
  readonly matches?: RegExp;
  /** How long to wait for it; 40 when absent. */
  readonly seconds?: number;
}

/** Values for what an advice leaves to the reader: `SUPERUSER`, `...`. */
export type Fill = Readonly<Record<string, string>>;

/** The code of an advice in order, with the server that each is for. */
export function codeIn(advice: string): readonly PrintedCode[] {
  let [server, database] = ["", ""];
  return splitAdvice(advice).flatMap(({ kind, text }) => {
    if (kind === "code") return [{ server, database, code: text }];
    const [, named, of] = [...text.matchAll(/\bon "([^"]+)"(?:, in database "([^"]+)")?/gi)].at(-1) ?? [];
    if (named !== undefined) [server, database] = [named, of ?? ""];
    return [];
  });
}

/** A cluster, an exporter that watches it, and somebody who does what it says. */
export class AdviceBench implements AsyncDisposable {
  readonly #watchings: Watching[] = [];

  private constructor(readonly cluster: Cluster, readonly major: number) {}

  /** Starts both; on 15 with Debian's binaries, which have `pg_rewind` and the like. */
  static async open(major: number, options: ClusterOptions = {}): Promise<AdviceBench> {
    const { settings, ...rest } = options;
    const cluster = await startCluster({
      ...major === 15 ? { binaries: DEBIAN_15 } : { major },
      ...rest,
      settings: {
        fsync: "on",
        full_page_writes: "on",
        max_connections: "100",
        max_slot_wal_keep_size: "20GB",
        wal_log_hints: "on",
        ...settings,
      },
    });
    // As where PostgreSQL is installed: its user may move a data directory. The run's directory and record remain ours, so
    // that a run that was killed is found and cleaned up.
    await Deno.chmod(cluster.run.directory, 0o1777);
    const bench = new AdviceBench(cluster, major);
    await bench.watch();
    return bench;
  }

  /** Watches the cluster, from now on with these options: another login, other servers, other thresholds. */
  async watch(options: WatchingOptions = {}): Promise<void> {
    await this.stopWatching();
    this.#watchings.push(watchCluster(this.cluster, {
      ...options,
      collect: { intervalSeconds: 0.4, maxAgeSeconds: 0, ...options.collect },
    }));
  }

  /** Ends the exporter's sessions until {@linkcode watch}. */
  async stopWatching(): Promise<void> {
    for (const watching of this.#watchings.splice(0)) await watching[Symbol.asyncDispose]();
  }

  /** The findings of the report, as its JSON has them. */
  findings(): readonly ReportFinding[] {
    const view = this.#watchings[0]?.service.view() ?? null;
    if (view === null) return [];
    const report = deriveReport(view, {
      now: view.at,
      wallNow: systemClock.wall(),
      build: { version: "0.0.0", revision: "test" },
      thresholds: DEFAULT_REPORT_THRESHOLDS,
    });
    return JSON.parse(JSON.stringify(report.findings));
  }

  /** Findings of warning or worse, as `severity check server subject`. */
  alarms(): readonly string[] {
    return this.findings().filter(({ severity }) => severity !== "info")
      .map(({ severity, check, server, subject }) => `${severity} ${check} ${server} ${subject}`.trimEnd());
  }

  /** What is published and who subscribes. */
  get logical(): LogicalCluster {
    const { logical } = this.cluster;
    assert(logical !== null, "The cluster does not publish");
    return logical;
  }

  #find(check: string, { server, subject, matches }: FindingPlace): ReportFinding | undefined {
    return this.findings().find((each) =>
      each.check === check && (server === undefined || each.server === server) &&
      (subject === undefined || each.subject === subject) &&
      (matches?.test(`${each.severity}\n${each.summary}\n${each.evidence}\n${each.advice}`) ?? true)
    );
  }

  /** Waits until the report has a finding. */
  async raised(check: string, place: FindingPlace = {}): Promise<ReportFinding> {
    let found: ReportFinding | undefined;
    await until(`${check} to be reported`, () => (found = this.#find(check, place)) !== undefined, {
      seconds: place.seconds ?? 40,
    }).catch((error: unknown) => {
      const all = this.findings().map((each) => `${each.check} ${each.evidence} | ${each.advice}`);
      throw new Error(`${String(error)}; there is: ${all.join("\n")}`);
    });
    assert(found !== undefined);
    return found;
  }

  /** Waits until all that is there now has been read. */
  async nextLook(): Promise<void> {
    const from = systemClock.monotonic();
    await until("the servers to be read again", () => {
      const servers = this.#watchings[0]?.service.view()?.servers ?? [];
      return servers.length > 0 && servers.every(({ up, readAt }) => !up || (readAt ?? 0) > from);
    });
  }

  /** The printed code that matches. Without a server it is for nobody to paste anywhere. */
  printed({ advice }: ReportFinding, matching: RegExp): PrintedCode {
    const found = codeIn(advice).find(({ code }) => matching.test(code));
    assert(found !== undefined, `No code matches ${matching} in: ${advice}`);
    return found;
  }

  /**
   * Pastes code of an advice into psql of the server that it names.
   *
   * @returns What psql printed, unaligned.
   */
  async paste(finding: ReportFinding, matching: RegExp, fill: Fill = {}): Promise<string> {
    const { server, database, code } = this.printed(finding, matching);
    assert(server !== "", `No server is named for "${code}": ${finding.advice}`);
    return await this.psql(this.cluster.server(server), filled(code, fill), database);
  }

  /** What a person at psql's prompt sees; every statement must end by itself. */
  async psql(server: Server, sql: string, database = ""): Promise<string> {
    assertMatch(sql, /;\s*$/, `psql would wait for the rest of: ${sql}`);
    return await this.#run(`${DEBIAN_15}/psql`, [
      "-XqAt",
      "-v",
      "ON_ERROR_STOP=1",
      "-d",
      server.dsn({ user: "postgres", ...database === "" ? {} : { database } }),
    ], sql);
  }

  /** Runs a command of an advice in a shell of the server's user, with the passwords in its environment. */
  async shell(server: Server, command: string, fill: Fill = {}): Promise<string> {
    const text = filled(command, { DATADIR: server.dataDir, SUPERUSER: "postgres", ...fill });
    return await this.#run("/bin/sh", ["-e", "-c", text], "");
  }

  async #run(program: string, args: readonly string[], input: string): Promise<string> {
    const { passwords, run } = this.cluster;
    const child = new Deno.Command(program, {
      args: [...args],
      cwd: run.directory,
      clearEnv: true,
      env: {
        PATH: `${DEBIAN_15}:/usr/bin:/bin`,
        LC_ALL: "C",
        HOME: run.directory,
        PGPASSWORD: args.join().includes("pg_basebackup") ? passwords.replicator : passwords.postgres,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      ...asUser(this.cluster.provisionContext().user),
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${input}\n`)).catch(() => {});
    await writer.close().catch(() => {});
    const { success, stdout, stderr } = await child.output();
    const said = new TextDecoder().decode(stdout);
    assert(success, `"${input || args.at(-1)}" failed: ${new TextDecoder().decode(stderr)}${said}`);
    return said.trimEnd();
  }

  /**
   * Waits until a finding has gone, every standby has caught up, and nothing of warning or worse is reported for a while.
   *
   * @param check The finding.
   * @param options `allow`: what the fault leaves behind whatever is done, as a pattern of {@linkcode alarms}.
   */
  async fine(
    check: string,
    { allow = /^$/, standbys = true, seconds = 40 }: {
      readonly allow?: RegExp;
      readonly standbys?: boolean;
      readonly seconds?: number;
    } = {},
  ) {
    if (standbys) {
      await this.cluster.primary.sql("INSERT INTO test_data (data) VALUES ('after the advice')");
      await this.cluster.untilCaughtUp();
    }
    let quietSince: number | null = null;
    await until(`${check} and every other finding to go`, () => {
      const bad = [
        ...this.alarms().filter((alarm) => !allow.test(alarm)),
        ...this.#find(check, {}) && allow.source === "^$" ? [check] : [],
      ];
      if (this.#watchings[0]?.service.view() === null || bad.length > 0) {
        quietSince = null;
        if (bad.length > 0) throw new Error(bad.join(", "));
        return false;
      }
      quietSince ??= performance.now();
      return performance.now() - quietSince > 1200;
    }, { seconds });
  }

  /** Stops watching and removes the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopWatching();
    await this.cluster[Symbol.asyncDispose]();
  }
}

function filled(code: string, fill: Fill): string {
  return Object.entries(fill).reduce((text, [from, to]) => text.replaceAll(from, to), code);
}
