import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { renderAdvice, splitAdvice } from "../../../src/report/page/advice.ts";

/** Code in brackets. */
function mark(advice: string): string {
  return splitAdvice(advice).map(({ kind, text }) => kind === "code" ? `[${text}]` : text).join("");
}

for (
  const [advice, expected] of [
    ["Fence one of them now", "Fence one of them now"],
    [
      `On "a": ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()`,
      `On "a": [ALTER SYSTEM SET fsync = on;\nSELECT pg_reload_conf()]`,
    ],
    ["SELECT pg_wal_replay_resume() on the standby.", "[SELECT pg_wal_replay_resume()] on the standby."],
    [
      "promote the most advanced standby (SELECT pg_promote()).",
      "promote the most advanced standby ([SELECT pg_promote()]).",
    ],
    [
      "On it: SELECT pid, now() - xact_start, query FROM x WHERE a IS NOT NULL ORDER BY b; end it with " +
      "SELECT pg_terminate_backend(pid), or lower max_standby_streaming_delay and reload",
      "On it: [SELECT pid, now() - xact_start, query FROM x WHERE a IS NOT NULL ORDER BY b;] end it with " +
      "[SELECT pg_terminate_backend(pid)], or lower max_standby_streaming_delay and reload",
    ],
    [
      "ALTER SYSTEM SET synchronous_standby_names = '...' without it, or = '' for none",
      "[ALTER SYSTEM SET synchronous_standby_names = '...'] without it, or = '' for none",
    ],
    [
      "SELECT pg_drop_replication_slot('a; or b'); then look",
      "[SELECT pg_drop_replication_slot('a; or b');] then look",
    ],
    ["GRANT pg_monitor TO the exporter's role", "[GRANT pg_monitor TO the exporter's role]"],
    ["run pg_basebackup -h db1 -D DATADIR -R", "run [pg_basebackup -h db1 -D DATADIR -R]"],
  ] as const
) {
  Deno.test(`splitAdvice() finds the code in: ${advice.slice(0, 60)}`, () => {
    assertEquals(mark(advice), expected);
  });
}

Deno.test("splitAdvice() loses no word of any advice", () => {
  const words = fc.constantFrom(
    "SELECT 1",
    "ALTER SYSTEM SET a = 'b'",
    "GRANT",
    "; ",
    ": ",
    "(",
    ")",
    "'",
    " or ",
    "x",
  );
  fc.assert(fc.property(fc.array(words), (parts) => {
    const advice = parts.join("");
    const flat = (text: string) => text.replace(/\s/g, "");
    assertEquals(flat(splitAdvice(advice).map(({ text }) => text).join("")), flat(advice));
  }));
});

Deno.test("renderAdvice() shows a statement after a colon as a block, others inline", () => {
  const html = renderAdvice("On it: SELECT 1; or raise it (SELECT pg_promote()) <now>").text;
  assertStringIncludes(html, "<code>SELECT 1;</code></pre>");
  assertStringIncludes(html, "(</span><code>SELECT pg_promote()</code><span>)");
  assertStringIncludes(html, "&lt;now&gt;");
  assert(
    /<pre tabindex="0" role="group" aria-label="[^"]+">/.test(html),
    "a scrolling block is reachable by keyboard",
  );
});
