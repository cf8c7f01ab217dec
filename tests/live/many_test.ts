import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { needingBrowser, TestBrowser } from "./browser.ts";
import { runCommand } from "./command.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const MOST_BYTES = 300_000;
const inBrowser = needingBrowser("2,500 slots: report, doctor, preflight, page and its events stay short");

Deno.test({ ...inBrowser, ignore: ignore || inBrowser.ignore }, async () => {
  await using cluster = await startCluster({
    binaries: DEBIAN_15,
    standbys: 1,
    settings: { max_replication_slots: "3000", wal_level: "logical" },
  });
  const { primary } = cluster;
  await primary.sql(
    "SELECT pg_create_physical_replication_slot('physical_' || n, true) FROM generate_series(1, 2200) n",
  );
  await primary.sql(
    "SELECT pg_create_logical_replication_slot('logical_' || n, 'pgoutput') FROM generate_series(1, 300) n",
  );
  // Over a segment, so that every slot retains too much.
  await primary.sql("CREATE TABLE large AS SELECT repeat('x', 200) FROM generate_series(1, 120000)");
  await cluster.untilCaughtUp();

  const doctor = await runCommand(cluster, ["doctor", "--sample=1s"]);
  assertStringIncludes(doctor.stdout.replaceAll(/\s+/g, " "), "and 2199 more like it");
  const report = await runCommand(cluster, ["report", "--sample=1s"]);
  const preflight = await runCommand(cluster, ["preflight", "standby", "--sample=1s"]);
  for (const { stdout } of [doctor, report, preflight]) {
    assert(stdout.split("\n").length < 250, stdout);
  }
  const all = await runCommand(cluster, ["doctor", "--sample=1s", "--all"]);
  assertEquals(all.stdout.match(/check +slot_inactive$/gm)?.length, 2500);
  const json = JSON.parse((await runCommand(cluster, ["report", "--sample=1s", "--json"])).stdout);
  assertEquals(json.clusters[0].slots.length, 2501, "JSON has every slot");

  await using exporter = await ServeProcess.start(FROM_SOURCE, {
    args: [
      "--collect.interval=2s",
      "--collect.deadline=30s",
      ...cluster.servers.map((server) => `--server=${server.name}=${server.dsn({ user: "monitor" })}`),
    ],
  });
  await until("the first report", async () => {
    const response = await exporter.fetch("/-/ready");
    await response.body?.cancel();
    return response.ok;
  });
  const page = await (await exporter.fetch("/")).arrayBuffer();
  assert(page.byteLength < MOST_BYTES, `page: ${page.byteLength} bytes`);
  const stream = await fetch(`${exporter.url}/api/v1/events?as=page`, {
    signal: AbortSignal.timeout(60_000),
  });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let told = "";
  while (!told.includes("\n\nevent: page\n", told.indexOf("event: page")) && !told.includes("event: alive")) {
    const { done = true, value = "" } = await reader?.read() ?? {};
    assertEquals(done, false, `the stream ended after: ${told.slice(-300)}`);
    told += value;
  }
  await reader?.cancel();
  for (const frame of told.split("\n\n")) {
    assert(frame.length < MOST_BYTES, `events: ${frame.length} characters`);
  }

  await using browser = await TestBrowser.start();
  await using opened = await browser.open(`${exporter.url}/`, { viewport: { width: 1280, height: 900 } });
  const { page: shown, complaints } = opened;
  const slots = shown.locator("table", { hasText: "Replication slots" });
  assertEquals(await slots.first().locator("tbody tr").count(), 10);
  await shown.locator("summary", { hasText: "and 2199 more like it" }).click();
  await shown.locator("summary", { hasText: "2199 more findings like it" }).click();
  assertEquals(await shown.getByText("physical_1000", { exact: true }).first().isVisible(), true);
  await browser.picture(shown, "page-many-slots");
  assertEquals(complaints, []);
});
