/** The faults of a cluster, as functions. Their effects are visible in PostgreSQL itself. */
import { takeBaseBackup } from "./base_backup.ts";
import { holdConflict } from "./conflict.ts";
import { exhaustConnections } from "./connections.ts";
import { sendSignal } from "./processes.ts";
import { makePassword } from "./provision.ts";
import type { Role, Server } from "./server.ts";
import { createSlot, dropSlot, loseSlot } from "./slots.ts";
import type { Cluster, ServerRef } from "./topology.ts";
import { until } from "./until.ts";

/** The faults of one cluster. Servers are given as such or by name. */
export class Faults {
  readonly #cluster: Cluster;
  readonly #frozenReceivers = new Map<Server, number>();
  readonly #held = new Map<string, AsyncDisposable>();
  readonly #firstMonitorPassword: string;

  /** Use {@linkcode Cluster.faults}. */
  constructor(cluster: Cluster, monitorPassword: string) {
    this.#cluster = cluster;
    this.#firstMonitorPassword = monitorPassword;
  }

  /** Cuts a standby's link: its connection is closed, new ones are refused. */
  async cutLink(standby: ServerRef): Promise<void> {
    await this.#cluster.link(standby).cut();
  }

  /** Turns a standby's link into a black hole: open, but without data. */
  async stallLink(standby: ServerRef): Promise<void> {
    await this.#cluster.link(standby).stall();
  }

  /** Refuses new connections on a standby's link; the current one stays open. */
  async refuseLink(standby: ServerRef): Promise<void> {
    await this.#cluster.link(standby).refuse();
  }

  /** Heals a link that was cut, stalled or refused. */
  async healLink(standby: ServerRef): Promise<void> {
    await this.#cluster.link(standby).heal();
  }

  /** Freezes every process of a server: connections stay open, but do not respond. */
  async freeze(server: ServerRef): Promise<void> {
    await this.#cluster.server(server).freeze();
  }

  /** Thaws a frozen server. */
  async thaw(server: ServerRef): Promise<void> {
    const found = this.#cluster.server(server);
    await found.thaw();
    this.#frozenReceivers.delete(found);
  }

  /** Freezes only a standby's walreceiver: the standby answers queries, but receives nothing (E3). */
  async freezeReceiver(standby: ServerRef): Promise<void> {
    const server = this.#cluster.server(standby);
    const pid = Number(await server.text("SELECT pid FROM pg_stat_wal_receiver"));
    if (pid === 0) throw new Error(`Cannot freeze the receiver of ${server.name}: no receiver is running`);
    sendSignal(pid, "SIGSTOP");
    this.#frozenReceivers.set(server, pid);
  }

  /** Thaws a walreceiver that was frozen. */
  thawReceiver(standby: ServerRef): void {
    const server = this.#cluster.server(standby);
    const pid = this.#frozenReceivers.get(server);
    if (pid === undefined) throw new Error(`The receiver of ${server.name} is not frozen`);
    this.#frozenReceivers.delete(server);
    sendSignal(pid, "SIGCONT");
  }

  /** Kills a server with SIGKILL. */
  async kill(server: ServerRef): Promise<void> {
    await this.#cluster.server(server).kill();
  }

  /** Stops a server cleanly. */
  async stop(server: ServerRef): Promise<void> {
    await this.#cluster.server(server).stop();
  }

  /** Starts a server that was stopped or killed. */
  async start(server: ServerRef): Promise<void> {
    await this.#cluster.server(server).start();
  }

  /** Restarts a server. */
  async restart(server: ServerRef): Promise<void> {
    await this.#cluster.server(server).restart();
  }

  /** Pauses replay on a standby and waits until it is paused. */
  async pauseReplay(standby: ServerRef): Promise<void> {
    const server = this.#cluster.server(standby);
    await server.sql("SELECT pg_wal_replay_pause()");
    const query = this.#cluster.binaries.major >= 14
      ? "SELECT pg_get_wal_replay_pause_state() = 'paused'"
      : "SELECT pg_is_wal_replay_paused()";
    await until(`replay on ${server.name} to pause`, async () => await server.text(query) === "true");
  }

  /** Resumes replay on a standby. */
  async resumeReplay(standby: ServerRef): Promise<void> {
    await this.#cluster.server(standby).sql("SELECT pg_wal_replay_resume()");
  }

  /** Delays every commit on a standby by this many seconds (`recovery_min_apply_delay`); 0 removes the delay. */
  async delayApply(standby: ServerRef, seconds: number): Promise<void> {
    const value = seconds === 0 ? null : `${Math.round(seconds * 1000)}ms`;
    await this.#cluster.server(standby).set("recovery_min_apply_delay", value);
  }

  /** Promotes a standby; the write load follows it, the old primary keeps running. */
  async promote(standby: ServerRef): Promise<void> {
    const server = this.#cluster.server(standby);
    await server.sql("SELECT pg_promote(true, 30)", 35);
    await until(`${server.name} to leave recovery`, async () => {
      return await server.text("SELECT pg_is_in_recovery()") === "false";
    });
    await this.#cluster.unfollow(server, { asPrimary: true });
  }

  /** Makes a standby follow another server, through its own slot there; or the subscriber and the consumer. */
  async repoint(standby: ServerRef, upstream: ServerRef): Promise<void> {
    const [follower, target] = [this.#cluster.server(standby), this.#cluster.server(upstream)];
    if (follower === target) throw new RangeError(`${follower.name} cannot follow itself`);
    const { logical } = this.#cluster;
    if (follower === logical?.subscriber) return await logical.repoint(target);
    const old = this.#cluster.upstreamOf(follower);
    await createSlot(target, follower.slot);
    await this.#cluster.setUpstream(follower, target);
    if (old !== target && old.pid !== null) await dropSlot(old, follower.slot);
  }

  /** Rebuilds a server from the primary and starts it as its standby: an old primary, a stranded standby. */
  async rebuild(server: ServerRef): Promise<void> {
    const standby = this.#cluster.server(server);
    const { primary } = this.#cluster;
    if (standby === primary) throw new RangeError(`Cannot rebuild ${standby.name}: it is the primary`);
    if (standby === this.#cluster.logical?.subscriber) {
      throw new RangeError(
        `Cannot rebuild ${standby.name}: it is a subscriber; fault resubscribe copies its tables`,
      );
    }
    this.#frozenReceivers.delete(standby);
    await standby.stop("immediate");
    const slots = `SELECT 1 FROM pg_replication_slots WHERE slot_name = '${standby.slot}'`;
    if (await primary.text(slots) !== null) await dropSlot(primary, standby.slot);
    await createSlot(primary, standby.slot);
    await takeBaseBackup(primary, standby, this.#cluster.provisionContext());
    await this.#cluster.follow(standby, primary);
    await standby.start();
    await this.#cluster.untilStreaming(standby);
  }

  /** Drops the slot of a standby on its upstream, even while it is in use. */
  async dropSlot(standby: ServerRef): Promise<void> {
    const server = this.#cluster.server(standby);
    await dropSlot(this.#cluster.upstreamOf(server), server.slot);
  }

  /** Creates the slot of a standby again. */
  async createSlot(standby: ServerRef): Promise<void> {
    const server = this.#cluster.server(standby);
    await createSlot(this.#cluster.upstreamOf(server), server.slot);
  }

  /** Writes WAL until the slot of a standby is lost; the standby can then not continue (E7). */
  async loseSlot(standby: ServerRef): Promise<void> {
    await loseSlot(this.#cluster, this.#cluster.server(standby));
  }

  /**
   * Holds a recovery conflict on a standby: its replay waits for a query.
   *
   * @param standby The standby.
   * @param cancelAfterSeconds When PostgreSQL cancels the query (and counts a conflict); null: never.
   */
  async holdConflict(standby: ServerRef, cancelAfterSeconds: number | null = null): Promise<void> {
    const server = this.#cluster.server(standby);
    await this.releaseConflict(server);
    const conflict = await holdConflict(this.#cluster, { standby: server, cancelAfterSeconds });
    this.#hold(`conflict ${server.name}`, conflict);
  }

  /** Ends the query that blocks replay. */
  async releaseConflict(standby: ServerRef): Promise<void> {
    await this.#release(`conflict ${this.#cluster.server(standby).name}`);
  }

  /** Exhausts the connections of a server: only the superuser can connect. */
  async exhaustConnections(server: ServerRef): Promise<void> {
    const found = this.#cluster.server(server);
    await this.releaseConnections(found);
    this.#hold(`connections ${found.name}`, await exhaustConnections(found));
  }

  /** Releases the connections. */
  async releaseConnections(server: ServerRef): Promise<void> {
    await this.#release(`connections ${this.#cluster.server(server).name}`);
  }

  /** Ends all sessions of a role on a server; they may reconnect. Returns their number. */
  async endSessions(server: ServerRef, role: Role = "monitor"): Promise<number> {
    const count = await this.#cluster.server(server).text(
      `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '${role}'`,
    );
    return Number(count);
  }

  /** Changes the password of the role `monitor`; open sessions continue. Replication copies it to the standbys. */
  async changeMonitorPassword(password: string = makePassword()): Promise<void> {
    const { primary, logical } = this.#cluster;
    for (const server of logical === null ? [primary] : [primary, logical.subscriber]) {
      await server.sql(`ALTER ROLE monitor PASSWORD '${password.replaceAll("'", "''")}'`);
    }
    this.#cluster.passwords.monitor = password;
  }

  /** Restores the original password of the role `monitor`. */
  async restoreMonitorPassword(): Promise<void> {
    await this.changeMonitorPassword(this.#firstMonitorPassword);
  }

  /** Ends every fault that holds connections, when the cluster stops. */
  async releaseAll(): Promise<void> {
    for (const key of [...this.#held.keys()]) await this.#release(key);
  }

  #hold(key: string, held: AsyncDisposable): void {
    this.#held.set(key, held);
  }

  async #release(key: string): Promise<void> {
    const held = this.#held.get(key);
    this.#held.delete(key);
    await held?.[Symbol.asyncDispose]();
  }
}
