import { assert, assertEquals, assertMatch } from "@std/assert";
import { runtimeFlags } from "../../../compose/build/runtime_flags.ts";
import { DEFAULT_SOCKET } from "../../../src/cli/serve/management_socket.ts";
import { commands } from "../../../src/cli/commands.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import { findProgram, runWithInput } from "../../exposition/programs.ts";

/** Maximum exposure of the unit, of 10; missing protections have a reason in it. */
const MOST_EXPOSURE = 1.1;

const path = new URL("../../../compose/systemd/pg-replication-exporter.service", import.meta.url).pathname;
const unit = await Deno.readTextFile(path);
const settings = [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) =>
  [name, value] as const
);

function valueOf(name: string): string | undefined {
  return settings.find(([each]) => each === name)?.[1];
}

Deno.test("the unit uses existing commands and flags", () => {
  const names = defineFlags(collectors).map(({ name }) => name);
  for (const name of ["ExecStart", "ExecReload"]) {
    const [program, command, ...rest] = (valueOf(name) ?? "").split(" ");
    assertEquals(program, "/usr/bin/pg-replication-exporter");
    assert(commands.some((each) => each.name === command), command);
    for (const flag of rest.filter((word) => word.startsWith("--"))) {
      assert(names.includes(flag.replace(/^--|=.*/g, "")), flag);
    }
  }
});

Deno.test("the unit provides the directories that the exporter may write to", () => {
  const writable = runtimeFlags().find((flag) => flag.startsWith("--allow-write="))?.split(/[=,]/) ?? [];
  assert(writable.includes(`/var/lib/${valueOf("StateDirectory")}`));
  assert(writable.includes(`/run/${valueOf("RuntimeDirectory")}`));
  assert(writable.includes("/run/systemd/notify"));
  assert(DEFAULT_SOCKET.startsWith(`/run/${valueOf("RuntimeDirectory")}/`));
  assertMatch(valueOf("ExecStart") ?? "", new RegExp(`--state.file=/var/lib/${valueOf("StateDirectory")}/`));
});

Deno.test("the unit passes no password that others could read", () => {
  assertEquals(settings.filter(([name]) => name === "SetCredential" || name === "Environment"), []);
  assertMatch(valueOf("LoadCredential") ?? "", /^postgres_password:/);
});

const analyze = await findProgram("systemd-analyze");

/** The unit with an existing program, in a separate directory. */
async function withRunnableUnit(body: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-unit-" });
  try {
    const copy = `${directory}/pg-replication-exporter.service`;
    await Deno.writeTextFile(copy, unit.replaceAll("=/usr/bin/pg-replication-exporter", "=/bin/true"));
    await body(copy);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test({
  name: "systemd accepts every line of the unit",
  ignore: analyze === null,
  fn: () =>
    withRunnableUnit(async (copy) => {
      const args = ["verify", "--man=no", "--recursive-errors=no", copy];
      assertEquals(await runWithInput(analyze ?? "", { args, input: "" }), {
        code: 0,
        stdout: "",
        stderr: "",
      });
    }),
});

Deno.test({
  name: "systemd rates the unit as well protected",
  ignore: analyze === null,
  fn: () =>
    withRunnableUnit(async (copy) => {
      const args = ["security", "--offline=true", "--no-pager", copy];
      const { stdout, stderr } = await runWithInput(analyze ?? "", { args, input: "" });
      const exposure = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1];
      assert(exposure !== undefined, stderr);
      assert(Number(exposure) <= MOST_EXPOSURE, `${exposure}\n${stdout}`);
    }),
});
