/**
 * Advice after which a server is another one: rewound, rebuilt or promoted. It needs PostgreSQL's own programs.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { giveTo } from "../../compose/lab/service_user.ts";
import type { ReportFinding } from "../../src/report/model.ts";
import { runCommand } from "../live/command.ts";
import { restoreCopy } from "../live/restored_copy.ts";
import { type Server, until, untilHolds } from "../live/support.ts";
import type { AdviceBench } from "./bench.ts";
import { FORTY_MB, says } from "./hands.ts";
import type { AdviceCases } from "./obey.ts";

const OWN_FILES = ["postgresql.conf", "pg_hba.conf"] as const;

/** Stops a server, runs the command that an advice prints for it, puts its own files back, and starts it. */
async function replaceBy(
  bench: AdviceBench,
  { finding, name, program }: {
    readonly finding: ReportFinding;
    readonly name: string;
    readonly program: "pg_rewind" | "pg_basebackup";
  },
): Promise<void> {
  const server = bench.cluster.server(name);
  const command = bench.printed(finding, new RegExp(`\\b${program} -`)).code.replace(/;$/, "");
  says(finding, new RegExp(`stop "${name}" \\(pg_ctl stop -D DATADIR -m fast\\)`));
  await server.stop();
  const kept = await Promise.all(OWN_FILES.map((file) => Deno.readTextFile(`${server.dataDir}/${file}`)));
  await bench.shell(server, command, {
    REPLICATION_ROLE: "replicator",
    "user=replicator": `user=replicator password=${bench.cluster.passwords.replicator}`,
  });
  for (const [index, file] of OWN_FILES.entries()) {
    await Deno.writeTextFile(`${server.dataDir}/${file}`, kept[index] ?? "");
    await giveTo(bench.cluster.provisionContext().user, `${server.dataDir}/${file}`);
  }
  await server.start();
}

/** Waits until a server streams from another one, and both have what is written then. */
async function follows(server: Server, upstream: Server): Promise<void> {
  await upstream.sql("CREATE TABLE IF NOT EXISTS afterwards (at timestamptz)");
  await upstream.sql("INSERT INTO afterwards VALUES (clock_timestamp())");
  const last = await upstream.text("SELECT max(at) FROM afterwards");
  await until(
    `${server.name} to follow`,
    async () => await server.text("SELECT max(at) FROM afterwards") === last,
  )
    .catch(async (error: unknown) => {
      throw new Error(`${String(error)}; its log: ${await server.readLogTail(8)}`);
    });
  assertEquals(await server.text("SELECT pg_is_in_recovery()"), "true");
}

/** Does the steps that preflight prints for a server. */
async function obeyPreflight(bench: AdviceBench, candidate: string, only = /^/): Promise<void> {
  const { cluster } = bench;
  const outcome = await runCommand(cluster, ["preflight", candidate, "--json", "--sample=1s"]);
  const { steps }: {
    readonly steps: readonly { readonly where: string; readonly commands: readonly string[] }[];
  } = JSON.parse(outcome.stdout);
  assert(steps.length > 0, outcome.stdout);
  for (const { where, commands } of steps) {
    const server = cluster.server(where.replace(/ .*/, "") || candidate);
    for (const command of commands.filter((each) => only.test(each))) {
      if (/^(SELECT|ALTER SYSTEM)\b/.test(command)) await bench.psql(server, command);
      else if (command.startsWith("pg_ctl stop")) await server.stop("fast");
      else if (command.startsWith("pg_ctl start")) await server.start();
      else if (/^(psql "|pg_basebackup|mv|touch|echo) /.test(command)) {
        await bench.shell(server, command.replaceAll("$PGDATA", server.dataDir).replace(/ +# .*/, ""), {
          REPLICATION_ROLE: "replicator",
          "user=replicator": `user=replicator password=${cluster.passwords.replicator}`,
        });
      }
    }
  }
}

/** Promotes a standby while the old primary lives on and is written to. */
async function part(bench: AdviceBench): Promise<{ readonly old: Server; readonly newest: Server }> {
  const { cluster } = bench;
  const [old, newest] = [cluster.primary, cluster.server("standby")];
  await cluster.faults.promote(newest);
  await old.sql("INSERT INTO test_data (data) VALUES ('only on the old one')");
  await newest.sql("INSERT INTO test_data (data) VALUES ('only on the new one')");
  return { old, newest };
}

const archived = (directory: string) => `cp "%p" "${directory}/%f"`;

export const rebuildCases: AdviceCases = {
  "split_brain: the one promoted last is right": async (bench) => {
    const { old, newest } = await part(bench);
    const split = await bench.raised("split_brain");
    says(split, /"standby" was promoted last/);
    await bench.paste(split, /pg_create_physical_replication_slot/);
    await replaceBy(bench, { finding: split, name: old.name, program: "pg_rewind" });
    await follows(old, newest);
    await bench.fine("split_brain", { standbys: false });
  },
  "split_brain: one is a copy": async (bench) => {
    const copy = await restoreCopy(bench.cluster, "copy");
    await bench.watch();
    says(
      await bench.raised("split_brain"),
      /If one of them is a copy .* stop nothing, and give each cluster its name/,
    );
    await bench.watch({ clusters: { primary: "production", standby: "production", [copy.name]: "staging" } });
    await bench.fine("split_brain");
  },
  "stranded: rewound": async (bench) => {
    const { old, newest } = await part(bench);
    await old.stop();
    await Deno.writeTextFile(`${old.dataDir}/standby.signal`, "");
    await old.start();
    const stranded = await bench.raised("stranded", { server: "primary", matches: /127\.0\.0\.1/ });
    await bench.paste(stranded, /pg_create_physical_replication_slot/);
    await replaceBy(bench, { finding: stranded, name: old.name, program: "pg_rewind" });
    await follows(old, newest);
    await bench.fine("stranded", { standbys: false });
  },
  "stranded: rebuilt": async (bench) => {
    const { old, newest } = await part(bench);
    await old.stop();
    await Deno.writeTextFile(`${old.dataDir}/standby.signal`, "");
    await old.start();
    const stranded = await bench.raised("stranded", { server: "primary", matches: /127\.0\.0\.1/ });
    await replaceBy(bench, { finding: stranded, name: old.name, program: "pg_basebackup" });
    await follows(old, newest);
    await bench.fine("stranded", { standbys: false });
  },
  "no_primary: it is started again": async (bench) => {
    await bench.cluster.faults.kill("primary");
    says(await bench.raised("no_primary"), /^Start the old primary again: that loses nothing/);
    await bench.cluster.faults.start("primary");
    await bench.fine("no_primary");
  },
  "no_primary: a standby is promoted": async (bench) => {
    const { cluster } = bench;
    const [old, standby] = [cluster.primary, cluster.server("standby")];
    await cluster.faults.kill("primary");
    says(await bench.raised("no_primary"), /pg-replication-exporter preflight NAME/);
    await obeyPreflight(bench, "standby");
    await follows(old, standby);
    await bench.fine("no_primary", { standbys: false });
  },
  "wal_removed: rebuilt, its slot created again": async (bench) => {
    const { cluster } = bench;
    await cluster.faults.loseSlot("standby");
    const removed = await bench.raised("wal_removed");
    const lost = await bench.raised("slot_lost");
    await bench.paste(lost, /pg_drop_replication_slot/);
    await replaceBy(bench, { finding: removed, name: "standby", program: "pg_basebackup" });
    await follows(cluster.server("standby"), cluster.primary);
    await bench.fine("wal_removed", { standbys: false });
  },
  "wal_removed: from an archive": async (bench) => {
    const { cluster } = bench;
    const archive = await startArchive(cluster);
    await cluster.untilStreaming();
    await cluster.faults.loseSlot("standby");
    const removed = await bench.raised("wal_removed");
    await bench.paste(removed, /restore_command/, { ARCHIVE: archive });
    const lost = await bench.raised("slot_lost");
    // Every few seconds the standby asks for its slot, which is active for that moment.
    await untilHolds(
      "the slot to be replaced",
      async () => void await bench.paste(lost, /pg_drop_replication_slot/),
    );
    await bench.fine("wal_removed");
  },
  "needs_archive: restore_command is corrected": async (bench) => {
    const { cluster } = bench;
    const archive = await startArchive(cluster);
    await cluster.server("standby").set("restore_command", "false");
    await cluster.untilStreaming();
    await cluster.faults.loseSlot("standby");
    says(
      await bench.raised("needs_archive"),
      /Check in the standby's log that restore_command finds the files/,
    );
    await cluster.server("standby").set("restore_command", `cp "${archive}/%f" "%p"`);
    await bench.paste(await bench.raised("slot_lost"), /pg_drop_replication_slot/);
    await bench.fine("needs_archive");
  },
  "split_brain: the older one is right": async (bench) => {
    const { old, newest } = await part(bench);
    const split = await bench.raised("split_brain");
    says(split, /the other way round if "primary" is right/);
    await newest.stop();
    const kept = await Promise.all(OWN_FILES.map((file) => Deno.readTextFile(`${newest.dataDir}/${file}`)));
    const login = `host=127.0.0.1 port=${old.port} user=SUPERUSER dbname=postgres`;
    await bench.shell(
      newest,
      `psql "${login}" -c CHECKPOINT && pg_rewind -D DATADIR --source-server="${login}" && touch DATADIR/standby.signal`,
    );
    for (const [index, file] of OWN_FILES.entries()) {
      await Deno.writeTextFile(`${newest.dataDir}/${file}`, kept[index] ?? "");
    }
    // Its own postgresql.conf has the slot and the password that it had as a standby of the other.
    await Deno.writeTextFile(
      `${newest.dataDir}/postgresql.auto.conf`,
      `primary_conninfo = 'host=127.0.0.1 port=${old.port} user=replicator password=${bench.cluster.passwords.replicator} application_name=standby'\n`,
      { append: true },
    );
    await newest.start();
    await follows(newest, old);
    await bench.fine("split_brain", { standbys: false });
  },
  "diverged: the standby is right": async (bench) => {
    const { old, standby } = await loseData(bench);
    const diverged = await bench.raised("diverged");
    says(
      diverged,
      /if "standby" is right, stop "primary" \(pg_ctl stop -D DATADIR -m immediate\) and promote it/,
    );
    await old.stop("immediate");
    await obeyPreflight(bench, "standby", /^SELECT/);
    const kept = await Promise.all(OWN_FILES.map((file) => Deno.readTextFile(`${old.dataDir}/${file}`)));
    const { code } = bench.printed(diverged, /pg_basebackup -/);
    const command = code.replace(/;$/, "").replace(/-p \d+/, `-p ${standby.port}`)
      .replace("-S standby", "-S primary");
    // Else pg_basebackup waits for a checkpoint that is spread over minutes.
    await standby.sql("CHECKPOINT");
    await bench.shell(old, command, { REPLICATION_ROLE: "replicator" });
    for (const [index, file] of OWN_FILES.entries()) {
      await Deno.writeTextFile(`${old.dataDir}/${file}`, kept[index] ?? "");
    }
    await old.start();
    await follows(old, standby);
    await bench.fine("diverged", { standbys: false });
  },
  "diverged: the primary is right": async (bench) => {
    const { old, standby } = await loseData(bench);
    const diverged = await bench.raised("diverged");
    says(diverged, /pg_rewind does nothing on one timeline/);
    await replaceBy(bench, { finding: diverged, name: "standby", program: "pg_basebackup" });
    await follows(standby, old);
    await bench.fine("diverged", { standbys: false });
  },
  "wal_level_minimal: set back": async (bench) => {
    const { cluster } = bench;
    await cluster.faults.stop("standby");
    await cluster.primary.sql("SELECT pg_drop_replication_slot('standby')");
    await cluster.primary.set("wal_level", "minimal");
    await cluster.primary.set("max_wal_senders", "0");
    await cluster.primary.restart();
    await bench.watch({ only: ["primary"] });
    const minimal = await bench.raised("wal_level_minimal");
    await bench.paste(minimal, /wal_level/);
    says(minimal, /then restart it/);
    await cluster.primary.restart();
    await bench.fine("wal_level_minimal", { standbys: false, allow: /slot_inactive|few_standbys/ });
  },
  "checksums_off: they are enabled": async (bench) => {
    const { cluster } = bench;
    const off = await bench.raised("checksums_off");
    says(off, /stop the primary first, then the others/);
    const servers = [cluster.primary, ...cluster.standbys];
    for (const each of servers) await each.stop();
    for (const each of servers) await bench.shell(each, bench.printed(off, /pg_checksums/).code);
    for (const each of servers) await each.start();
    await bench.fine("checksums_off");
    assertMatch(await cluster.primary.text("SHOW data_checksums") ?? "", /on/);
  },
};

/** The primary loses what it wrote last: it is replaced by an older copy of itself, on the same timeline. */
async function loseData(bench: AdviceBench): Promise<{ readonly old: Server; readonly standby: Server }> {
  const { cluster } = bench;
  const [old, standby] = [cluster.primary, cluster.server("standby")];
  await old.stop();
  await bench.shell(old, "cp -Rp DATADIR DATADIR.snapshot");
  await old.start();
  await cluster.untilStreaming();
  await old.sql(FORTY_MB);
  await cluster.untilCaughtUp();
  await bench.raised("checksums_off");
  await old.stop();
  await bench.shell(old, "rm -r DATADIR && mv DATADIR.snapshot DATADIR");
  await old.start();
  return { old, standby };
}

/** The primary archives from now on. */
async function startArchive(cluster: AdviceBench["cluster"]): Promise<string> {
  const archive = `${cluster.run.directory}/archive`;
  await Deno.mkdir(archive);
  await giveTo(cluster.provisionContext().user, archive);
  await cluster.primary.set("archive_command", archived(archive));
  await cluster.primary.set("archive_mode", "on");
  await cluster.primary.restart();
  return archive;
}
