import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { positionStatement } from "../../src/scrape/position_sample.ts";
import type { Facts } from "../../src/domain/facts.ts";
import { sender, server, slot, subscription, subscriptionSlot } from "../cluster/fixtures.ts";

const ROW = {
  in_recovery: "f",
  position: "0/5000000",
  // A primary that was promoted still knows where its recovery ended.
  replayed: "0/4000000",
  receiver: null,
  pid: "7",
};
/** Two senders. */
const ROWS = [ROW, { ...ROW, pid: "8" }];

/** What a statement asks for besides the position. */
function asksFor(facts: Facts): readonly string[] {
  const { sql } = positionStatement(facts);
  const further = ["confirmed_flush_lsn", "pg_stat_get_subscription", "replay_lsn,", "wal_receiver"];
  return further.filter((each) => sql.includes(each));
}

const PRIMARY = { server: [server()] };
const STANDBY = { server: [server({ inRecovery: true })] };
const FEEDING = { ...PRIMARY, senders: [sender()] };

Deno.test("positionStatement() asks only who has slots for them, only who subscribes for its workers", () => {
  assertEquals(asksFor(PRIMARY), []);
  assertEquals(asksFor({ ...PRIMARY, slots: [slot()], subscriptions: [] }), []);
  assertEquals(asksFor({ ...PRIMARY, slots: [slot(), subscriptionSlot()] }), ["confirmed_flush_lsn"]);
  assertEquals(asksFor({ ...PRIMARY, subscriptions: [subscription()] }), ["pg_stat_get_subscription"]);
  assertEquals(asksFor({ ...PRIMARY, slots: [subscriptionSlot()], subscriptions: [subscription()] }), [
    "confirmed_flush_lsn",
    "pg_stat_get_subscription",
  ]);
});

Deno.test("positionStatement() asks only a primary that has standbys what these reported, and no primary for its receiver", () => {
  assertEquals(asksFor(FEEDING), ["replay_lsn,"]);
  assertEquals(asksFor({ ...PRIMARY, senders: [sender({ kind: "logical" })] }), []);
  assertEquals(asksFor(STANDBY), ["wal_receiver"]);
  assertEquals(asksFor({ ...STANDBY, senders: [sender()] }), ["wal_receiver"], "a cascading standby");
  assertEquals(asksFor({}), ["wal_receiver"], "whose role is unknown");
});

Deno.test("a sample of a primary has what standbys reported, without those whose positions may not be read", () => {
  const reports = [["7", "0/4FFFFFF", "0/4000000"], ["8", null, null], ["9", "0/5000000", "0/5000000"]];
  const { decode } = positionStatement(FEEDING);
  const read = decode(
    reports.map(([pid = null, flush_lsn = null, replay_lsn = null]) => ({
      ...ROW,
      pid,
      flush_lsn,
      replay_lsn,
    })),
  );
  assertEquals([...read.reported], [
    [7, { flushed: 0x4ffffffn, replayed: 0x4000000n }],
    [9, { flushed: 0x5000000n, replayed: 0x5000000n }],
  ]);
  assertEquals(read.links, "7,8,9", "no link starts or ends when a standby moves");
  const alone = decode([{ ...ROW, pid: null, flush_lsn: null, replay_lsn: null }]);
  assertEquals([[...alone.reported], alone.links, alone.position], [[], "", 0x5000000n]);
});

Deno.test("positionStatement() is the same object as long as the facts are of a kind", () => {
  assert(
    positionStatement({ slots: [subscriptionSlot()] }) === positionStatement({ slots: [subscriptionSlot()] }),
  );
});

Deno.test("a sample of a primary without slots", () => {
  assertEquals(positionStatement({}).decode(ROWS), {
    inRecovery: false,
    position: 0x5000000n,
    replayed: null,
    confirmed: new Map(),
    reported: new Map(),
    links: " 7,8",
  });
});

Deno.test("a sample of a standby before it received or replayed anything", () => {
  assertEquals(
    positionStatement({}).decode([{ ...ROW, in_recovery: "t", position: null, replayed: null }]),
    {
      inRecovery: true,
      position: null,
      replayed: null,
      confirmed: new Map(),
      reported: new Map(),
      links: " 7",
    },
  );
});

Deno.test("a sample shows which processes there are at both ends of its connections", () => {
  const { decode } = positionStatement({ subscriptions: [subscription()] });
  const linksOf = (more: object) => decode([{ ...ROW, workers: "{}", ...more }]).links;
  const all = [{}, { receiver: "5" }, { pid: "8" }, { pid: null }, { workers: "{9,NULL}" }].map(linksOf);
  assertEquals(all, [" 7 {}", "5 7 {}", " 8 {}", "  {}", " 7 {9,NULL}"]);
  assertEquals(decode(ROWS.map((row) => ({ ...row, workers: "{}" }))).links, " 7,8 {}");
});

Deno.test("a sample reads the position before it reads whether the server is in recovery", () => {
  // A server that is promoted meanwhile is collected at once; the other way round its new WAL would count as received.
  const { sql } = positionStatement({ slots: [subscriptionSlot()], subscriptions: [subscription()] });
  assertMatch(sql, /AS position,.* pg_catalog\.pg_is_in_recovery\(\) AS in_recovery FROM/);
});

Deno.test("a sample of a publisher has what each slot's consumer confirmed", () => {
  const { decode } = positionStatement({ slots: [subscriptionSlot()] });
  const confirmedOf = (confirmed: string | null) => [...decode([{ ...ROW, confirmed }]).confirmed];
  assertEquals(confirmedOf("app_sub 0/4FFFFFF cdc 1/0"), [["app_sub", 0x4ffffffn], ["cdc", 0x100000000n]]);
  assertEquals(confirmedOf(""), []);
  assertEquals(confirmedOf(null), []);
  assertThrows(() => confirmedOf("app_sub x"), SyntaxError);
});
