import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { findFreePort } from "../../compose/lab/ports.ts";
import {
  PseudoTerminal,
  type PseudoTerminalOptions,
  reasonWithoutTerminal,
} from "../fixtures/pseudo_terminal.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import {
  type Cluster,
  DEBIAN_15,
  isInstalled,
  reasonToSkip,
  until,
  untilHolds,
  withCluster,
} from "./support.ts";

const ignore = reasonToSkip() !== null || reasonWithoutTerminal() !== null;
const CLUSTER = { standbys: 2, load: 100, ...(isInstalled(DEBIAN_15) ? { binaries: DEBIAN_15 } : {}) };
/** Nothing listens there, and nothing can. */
const NOBODY = "--from=http://127.0.0.1:1";
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

function serverFlags(cluster: Cluster): readonly string[] {
  // A busy machine must not make a server look down.
  return [
    "--collect.deadline=30s",
    ...cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`),
  ];
}

function watch(
  args: readonly string[],
  options: Partial<PseudoTerminalOptions> = {},
): Promise<PseudoTerminal> {
  return PseudoTerminal.start([...FROM_SOURCE, "watch", ...args], { columns: 80, rows: 24, ...options });
}

/** The lag in a row, seconds; null when there is none. */
function shownLag({ screen }: PseudoTerminal, standby: string): number | null {
  const row = screen.lines.find((line) => line.includes(` ${standby} `)) ?? "";
  const [, minutes = "0", seconds] = /\s(?:(\d+)m)?(\d+(?:\.\d)?)s\s/.exec(row) ?? [];
  return seconds === undefined ? null : Number(minutes) * 60 + Number(seconds);
}

async function assertGivenBack(terminal: PseudoTerminal): Promise<void> {
  const { code, before, after } = await terminal.ended();
  assertEquals(code, 0);
  const withoutSize = (text: string) => text.replace(/rows \d+; columns \d+/, "");
  assertEquals(withoutSize(after), withoutSize(before));
  assertMatch(after, /(?<!-)\bicanon\b/);
  assertMatch(after, /(?<!-)\becho\b/);
  assert(terminal.output.endsWith(LEAVE), JSON.stringify(terminal.output.slice(-200)));
  const { isAlternate, isCursorVisible, isWrapping } = terminal.screen;
  assertEquals([isAlternate, isCursorVisible, isWrapping], [false, true, true]);
}

Deno.test({
  name: "watch follows a cluster on a terminal, handles keys and sizes, and restores the terminal",
  ignore,
  fn: () =>
    withCluster(CLUSTER, async (cluster) => {
      await using terminal = await watch(serverFlags(cluster));
      const { screen } = terminal;
      await untilHolds("the cluster to be shown", () => {
        assertMatch(
          screen.text,
          / standby +primary +(streaming|idle)[^]* standby2 +primary +(streaming|idle)/,
        );
        assertMatch(screen.text, /PRIMARY primary {2}[0-9A-F]+\/[0-9A-F]+ {2}WAL [\d.]+ [KM]?i?B\/s/);
      });
      assertEquals([screen.isAlternate, screen.isCursorVisible, screen.overflows], [true, false, 0]);

      await cluster.faults.pauseReplay("standby2");
      await terminal.untilShown(/ standby2 +primary +paused/);
      await until("the lag to grow", () => (shownLag(terminal, "standby2") ?? 0) >= 2);
      const before = shownLag(terminal, "standby2") ?? 0;
      await until("the lag to go on growing", () => (shownLag(terminal, "standby2") ?? 0) >= before + 1);
      await terminal.untilShown(/ standby2 .*[▄▅▆▇█]/);

      const order = () => [...screen.text.matchAll(/ (standby2?) +primary /g)].map(([, name]) => name);
      /** The screen may be read while it is drawn. */
      const untilOrder = (what: RegExp, expected: string[]) =>
        untilHolds(`the order ${expected.join(", ")}`, () => {
          assertMatch(screen.text, what);
          assertEquals(order(), expected);
        });
      await untilOrder(/ standby2 .*[▄▅▆▇█]/, ["standby2", "standby"]); // worst first
      await terminal.type("s");
      await untilOrder(/sort: name/, ["standby", "standby2"]);
      await terminal.type("r");
      await untilOrder(/reversed/, ["standby2", "standby"]);

      await terminal.type("?");
      await terminal.untilShown(/KEYS[^]*quit/);
      await terminal.type("?");
      await terminal.untilShown(/STANDBY/);

      await terminal.type("p");
      await terminal.untilShown(/PAUSED/);
      // The screen may be read while it is drawn, so the same lag must appear beside several times.
      let [frozen, clocks] = [shownLag(terminal, "standby2"), new Set<string>()];
      await until("the clock to go on beside a lag that does not", () => {
        const lag = shownLag(terminal, "standby2");
        if (lag !== frozen || lag === null) [frozen, clocks] = [lag, new Set()];
        clocks.add(screen.lines[0] ?? "");
        return clocks.size > 3;
      });
      await terminal.type(" ");
      await until("the picture to go on", () => (shownLag(terminal, "standby2") ?? 0) > (frozen ?? Infinity));

      await terminal.resize(40, 10);
      await until("the small screen", () => {
        const { lines } = screen;
        return lines.length === 10 && /^q quit/.test(lines[9] ?? "") &&
          /^WARNING|^CRITICAL|^HEALTHY/.test(lines[0] ?? "");
      });
      const overflows = screen.overflows;
      const small = screen.lines[0];
      await until("another picture", () => screen.lines[0] !== small && (screen.lines[0] ?? "") !== "");
      assertEquals(screen.overflows, overflows);

      await cluster.faults.resumeReplay("standby2");
      await terminal.untilShown(/ standby2 +(streaming|idle)/);
      await terminal.type("q");
      await assertGivenBack(terminal);
    }),
});

for (const how of ["SIGTERM", "SIGHUP", "SIGINT", "Ctrl-C"] as const) {
  Deno.test({
    name: `watch gives the terminal back after ${how}, also while it waits`,
    ignore,
    fn: async () => {
      // Nothing listens there: the screen reports it and waits.
      await using terminal = await watch([NOBODY]);
      await terminal.untilShown(/NO REPORT YET since/);
      if (how === "Ctrl-C") await terminal.type("\x03");
      else await terminal.signal(how);
      await assertGivenBack(terminal);
    },
  });
}

Deno.test({
  name: "watch --from reports when the exporter stops, and continues when it is back",
  ignore,
  fn: () =>
    withCluster({ ...CLUSTER, standbys: 1 }, async (cluster) => {
      const port = findFreePort();
      const args = [...serverFlags(cluster), `--web.listen-address=127.0.0.1:${port}`];
      await using first = await ServeProcess.start(FROM_SOURCE, { args });
      await using terminal = await watch([`--from=http://127.0.0.1:${port}`], { columns: 120 });
      await terminal.untilShown(/ standby +primary +(streaming|idle)/);
      await first.stop();
      await terminal.untilShown(new RegExp(`NO RESPONSE since \\d\\d:\\d\\d:\\d\\d UTC .*127.0.0.1:${port}`));
      await untilHolds("the picture of what was known last", () => {
        assertMatch(terminal.screen.lines[0] ?? "", /^UNKNOWN {2}Last known: /);
        assertEquals(terminal.screen.attributesOf("standby "), "2");
      });
      await using _second = await ServeProcess.start(FROM_SOURCE, { args });
      await until("the picture to be back", () => !terminal.screen.text.includes("NO RESPONSE"));
      await terminal.type("q");
      await assertGivenBack(terminal);
    }),
});

Deno.test({
  name: "watch prints lines without a terminal, and ends quietly when the pipe is closed",
  ignore,
  fn: () =>
    withCluster({ ...CLUSTER, standbys: 1 }, async (cluster) => {
      const [program = "", ...first] = FROM_SOURCE;
      const args = [...first, "watch", "--interval=200ms", "--log.level=warn", ...serverFlags(cluster)];
      const { code, stdout } = await new Deno.Command(program, {
        args: [...args, "--count=3"],
        stdin: "null",
      }).output();
      const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
      assertEquals([code, lines.length], [0, 3]);
      for (const line of lines) {
        assertMatch(
          line,
          /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (healthy|warning) primary=primary [0-9A-F]+\/[0-9A-F]+ WAL /,
        );
        assertMatch(line, / \| standby=standby lag [\d.]+s [\d.]+ [KM]?i?B (streaming|idle)/);
      }

      const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" })
        .spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      await cluster.faults.kill("standby");
      let text = "";
      await until("an event", async () => {
        const { value } = await reader.read();
        text += new TextDecoder().decode(value);
        return / event (detached|unreachable) /.test(text);
      });
      await reader.cancel();
      const [status, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
      assertEquals(status.code, 0);
      assertEquals(stderr.split("\n").filter((line) => !/^time=.* level=(WARN|ERROR)|^$/.test(line)), []);
    }),
});

Deno.test({
  name: "watch on a dumb terminal, or with --plain, prints lines",
  ignore,
  fn: async () => {
    const from = NOBODY;
    for (const [args, env] of [[["--plain"], {}], [[], { TERM: "dumb" }]] as const) {
      await using terminal = await watch([from, "--count=1", ...args], { env, isScreen: false });
      const { code, before, after } = await terminal.ended();
      assertEquals([code, after], [1, before]);
      assertMatch(terminal.output, /^\d{4}-\S+Z unknown no report from http/m);
      assert(!terminal.output.includes("\x1b"), terminal.output);
    }
  },
});

Deno.test({
  name: "watch has attributes but no colours with NO_COLOR, and no blocks on the console",
  ignore,
  fn: async () => {
    const from = NOBODY;
    await using terminal = await watch([from], { env: { NO_COLOR: "1", TERM: "linux" } });
    await terminal.untilShown(/NO REPORT YET since/);
    await terminal.type("q");
    await assertGivenBack(terminal);
    assertStringIncludes(terminal.output, "\x1b[1m");
    // deno-lint-ignore no-control-regex -- the test searches for colours
    assertEquals(/\x1b\[(\d+;)*[34]\d(;\d+)*m/.test(terminal.output), false);
    assertGreater(terminal.output.length, 100);
    assertEquals(/\P{ASCII}/u.test(terminal.output), false);
  },
});
