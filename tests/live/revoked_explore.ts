import { startCluster } from "../../compose/lab/cluster.ts";
import { statementFor } from "../../src/collectors/collector.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { POSITION_SQL } from "../../src/scrape/server_watch.ts";
import { watchCluster } from "./watching.ts";
import { DEBIAN_15 } from "./support.ts";

const major = Deno.args[0];
await using cluster = await startCluster({
  ...(major === undefined ? { binaries: DEBIAN_15 } : { major: Number(major) }) as any,
  standbys: 1,
  settings: { fsync: "on", archive_mode: "on", archive_command: "true" }, synchronous: "standby",
});
const { primary } = cluster;
const v = Number(await primary.text("SHOW server_version_num"));
await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0.3 }, sampleSeconds: 0.3 });
const statements = [...collectors.map((each) => statementFor(each.statements, v) ?? ""), POSITION_SQL];
const names = [...new Set(statements.flatMap((sql) => [...sql.matchAll(/(?<!::)pg_catalog\.(\w+)/g)].map(([, n = ""]) => n)))].sort();
const skip = /^(pgrepl_(collector|collection|exporter|finding|scrape|connect|view|lag_clock|position_sample|build|config|server_err|server_conn)|process_|go_)/;
async function series() {
  const families = await watching.service.scrape();
  return new Map(families.flatMap(({ name, samples }) => skip.test(name) ? [] : samples.map((s) => [`${name}${JSON.stringify(s.labels)}`, s.value] as const)));
}
await new Promise((r) => setTimeout(r, 4000));
const healthy = await series();
const objects = await primary.sql(
  `SELECT proname AS name, 'FUNCTION pg_catalog.' || proname || '(' || oidvectortypes(proargtypes) || ')' AS object,
   'EXECUTE' AS privilege, EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 'pg_monitor'::regrole) AS monitors
 FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind <> 'a'
 UNION ALL SELECT relname, 'pg_catalog.' || relname, 'SELECT', false FROM pg_class
 WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('v', 'r')`,
);
const only = Deno.args.slice(1);
for (const name of names) {
  const its = objects.filter((each) => each.name === name);
  if (its.length === 0 || (only.length > 0 && !only.includes(name))) { console.log("--", name, "no object"); continue; }
  const lists = its.map(({ privilege, object, monitors }) => [`${privilege} ON ${object}`, monitors ? "pg_monitor" : "PUBLIC"] as const);
  for (const [what, whom] of lists) await primary.sql(`REVOKE ${what} FROM ${whom}`);
  await new Promise((r) => setTimeout(r, 1800));
  const now = await series();
  const fam = (key: string) => { const [, n, l] = /^(\w+)(.*)$/.exec(key)!; return `${n}@${JSON.parse(l!).instance}`; };
  const lost = new Set([...healthy.keys()].filter((k) => !now.has(k)).map(fam));
  const appeared = [...now.keys()].filter((k) => !healthy.has(k));
  const changed = [...now].filter(([k, x]) => healthy.has(k) && !/_(seconds|bytes|total|ratio)/.test(k.replace(/\{.*/, "")) && healthy.get(k) !== x).map(([k, x]) => `${k} ${healthy.get(k)} -> ${x}`);
  const view = watching.service.view();
  console.log(`== ${name}`);
  console.log("  lost:", [...lost].join(" "));
  console.log("  appeared:", appeared.join(" ").slice(0, 900));
  console.log("  changed:", changed.join("; ").slice(0, 900));
  for (const f of view?.findings ?? []) console.log("  finding:", f.severity, f.check, f.server, "|", f.evidence, "|", f.advice.slice(0, 300));
  for (const s of view?.servers ?? []) if (s.trouble) console.log("  trouble:", s.server, s.trouble.message);
  for (const [what, whom] of lists) await primary.sql(`GRANT ${what} TO ${whom}`);
  await new Promise((r) => setTimeout(r, 1200));
}
