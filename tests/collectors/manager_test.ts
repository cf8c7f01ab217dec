import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { manager } from "../../src/collectors/manager.ts";
import { factsOf, linesOfRows } from "./collecting.ts";

const NOTHING = { sessions: null, command_line: null, preloaded: null, roles: null };

Deno.test("manager reads traces, one per line, and none where there is none", async () => {
  assertEquals(await factsOf(manager, [NOTHING]), [
    { sessions: [], commandLine: [], preloaded: [], roles: [] },
  ]);
  assertEquals(
    await factsOf(manager, [{
      sessions: "Patroni\nrepmgr",
      command_line: "cluster_name\nhot_standby",
      preloaded: "repmgr",
      roles: "rdsadmin",
    }]),
    [{
      sessions: ["Patroni", "repmgr"],
      commandLine: ["cluster_name", "hot_standby"],
      preloaded: ["repmgr"],
      roles: ["rdsadmin"],
    }],
  );
});

Deno.test("manager publishes nothing itself: who is in charge is an answer of the whole cluster", async () => {
  assertEquals(await linesOfRows(manager, [NOTHING]), []);
});

Deno.test("manager looks for sessions of programs, not of a person with patronictl", () => {
  const [, pattern = ""] = /application_name ~ '([^']+)'/.exec(manager.statements[0]?.sql ?? "") ?? [];
  for (
    const name of ["Patroni", "Patroni heartbeat", "repmgr", "pgautofailover_standby_2", "stolon_0a1b2c3d"]
  ) {
    assertMatch(name, new RegExp(pattern));
  }
  for (const name of ["Patroni ctl", "psql", "repmgr2", "my stolon_0a1b2c3d"]) {
    assertNotMatch(name, new RegExp(pattern));
  }
});
