/** The commands as a user gives them. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ALL_FAULTS } from "../../compose/lab/fault_catalogue.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
// Two runs of this test at once must not take each other's labs for their own.
const NAME = `test-${crypto.randomUUID().slice(0, 8)}`;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function lab(...args: string[]): Promise<Result> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", `${ROOT}deno.json`, `${ROOT}compose/lab/main.ts`, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code: output.code, stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
}

Deno.test("lab up, status, fault, psql-dsn, down", async (t) => {
  const up = await lab("up", "--name", NAME, "--standbys", "2", "--cascade", "--load=20");
  try {
    assertEquals(up.code, 0, up.stderr);
    assertMatch(up.stdout, /standby2 +port \d+ +pid \d+ +follows standby, link open/);

    await t.step("up with the same name is refused", async () => {
      const { code, stderr } = await lab("up", "--name", NAME);
      assertEquals(code, 2);
      assertStringIncludes(stderr, `A lab "${NAME}" is already running`);
    });

    await t.step("fault changes what status shows", async () => {
      const { code, stdout } = await lab("fault", "cut", "standby2", "--name", NAME);
      assertEquals([code, stdout], [0, "The link of standby2 is cut; undo: heal standby2\n"]);
      assertMatch((await lab("status", "--name", NAME)).stdout, /standby2 .* link cut/);
      assertEquals((await lab("fault", "freeze", "standby", "--name", NAME)).code, 0);
      assertMatch((await lab("status", "--name", NAME)).stdout, /standby +port \d+ +frozen/);
      assertEquals((await lab("fault", "thaw", "standby", "--name", NAME)).code, 0);
      assertEquals((await lab("fault", "heal", "standby2", "--name", NAME)).code, 0);
      const [status] = JSON.parse((await lab("status", "--json", "--name", NAME)).stdout);
      assertEquals(status.servers.map((server: { link: string | null }) => server.link), [
        null,
        "open",
        "open",
      ]);
    });

    await t.step("a misspelt server is named with a suggestion", async () => {
      const { code, stderr } = await lab("fault", "freeze", "stanby", "--name", NAME);
      assertEquals([code, stderr], [1, 'No server "stanby", did you mean "standby"?\n']);
    });

    await t.step("psql-dsn prints a connection string and nothing else", async () => {
      const { stdout } = await lab("psql-dsn", "standby", "--user=monitor", "--name", NAME);
      assertMatch(stdout, /^postgresql:\/\/monitor:pwQzLab7[0-9a-f]{24}@127\.0\.0\.1:\d+\/postgres\n$/);
      const wrong = await lab("psql-dsn", "--user=moniter", "--name", NAME);
      assertEquals([wrong.code, wrong.stderr], [2, 'No role "moniter", did you mean "monitor"?\n']);
    });
  } finally {
    const { code, stdout, stderr } = await lab("down", "--name", NAME);
    assertEquals(code, 0, stderr);
    const directory = / in (\/\S+)\n/.exec(up.stdout)?.[1] ?? "";
    assertStringIncludes(stdout, directory);
    assertEquals(await Deno.lstat(directory).then(() => true, () => false), false);
  }
});

Deno.test("lab names mistakes and what was meant", async () => {
  const cases = [
    [["fault", "ct"], 'No fault "ct", did you mean "cut"?'],
    [["fault"], "Name a fault"],
    [["statsu"], 'No command "statsu", did you mean "status"?'],
    [["up", "--standby", "2"], 'Unknown option --standby, did you mean "--standbys"?'],
    [["up", "--standbys", "x"], 'Cannot read --standbys "x": expected a whole number from 0 to 15'],
    [["up", "--pg", "12"], 'Cannot read --pg "12": expected one of 13, 14, 15, 16, 17, 18'],
    [["up", "--name"], "Option --name needs a value"],
    [["down", "--name", "no-such-lab"], 'No lab "no-such-lab" runs'],
  ] as const;
  const results = await Promise.all(cases.map(([args]) => lab(...args)));
  for (const [index, [args, message]] of cases.entries()) {
    assertEquals(results[index]?.code, 2, args.join(" "));
    assertStringIncludes(results[index]?.stderr ?? "", message);
  }
});

Deno.test("lab up says why it failed", async () => {
  const { code, stderr } = await lab("up", "--name", `${NAME}-x`, "--binaries", "/nowhere");
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'No PostgreSQL in /nowhere: there is no file "postgres"');
});

Deno.test("lab --help lists every fault", async () => {
  const { code, stdout } = await lab("--help");
  assertEquals(code, 0);
  for (const fault of ALL_FAULTS) {
    assert(stdout.includes(`fault ${fault.name}`) && stdout.includes(fault.help), fault.name);
  }
});
