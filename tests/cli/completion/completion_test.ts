import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commands } from "../../../src/cli/commands.ts";
import { completionModel, renderCompletion } from "../../../src/cli/completion/completion.ts";
import { defineFlags } from "../../../src/cli/settings/flags.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import { findProgram, runWithInput } from "../../exposition/programs.ts";
import { runProgram } from "../program.ts";

const flags = defineFlags(collectors);
const model = completionModel(commands, flags);
const PROGRAM = "pg-replication-exporter";

function valuesOf(name: string) {
  return model.flags.find(({ written }) => written.includes(name))?.values;
}

Deno.test("completionModel() has every command and every spelling of every flag", () => {
  assertEquals(model.commands.map(({ name }) => name), commands.map(({ name }) => name));
  const written = model.flags.flatMap((flag) => flag.written);
  for (const { name, isNegatable } of flags) {
    assert(written.includes(`--${name}`), name);
    assertEquals(written.includes(`--no-${name}`), isNegatable, name);
  }
  assertEquals(valuesOf("--config.file"), "file");
  assertEquals(valuesOf("--socket"), "file");
  assertEquals(valuesOf("--web.telemetry-path"), null);
});

for (const [name, command] of [["log.level", ""], ["log.format", ""], ["format", "list"]] as const) {
  Deno.test(`completionModel() offers exactly the values that --${name} accepts`, async () => {
    const values = valuesOf(`--${name}`);
    assert(Array.isArray(values) && values.length > 1);
    const words = command === "" ? [] : [command];
    const { stderr } = await runProgram([...words, `--${name}=nonsense`]);
    for (const value of values) assertStringIncludes(stderr, value);
    for (const value of values) {
      const { stderr } = await runProgram([...words, `--${name}=${value}`]);
      assertEquals(stderr.includes(`--${name}`), false, `${value}: ${stderr}`);
    }
  });
}

Deno.test("completionModel() offers the actions of ctl, and the levels after log-level", async () => {
  const { operands } = model.commands.find(({ name }) => name === "ctl") ?? { operands: new Map() };
  const { stderr } = await runProgram(["ctl", "nonsense"]);
  const named = /expected one of (.*)/.exec(stderr)?.[1]?.match(/[a-z][a-z-]+/g) ?? [];
  assertEquals([...operands.keys()].sort(), named.toSorted(), stderr);
  assertEquals(operands.get("log-level"), ["debug", "info", "warn", "error"]);
});

Deno.test("printCompletion() prints a script per shell, and lists the shells", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout, stderr } = await runProgram(["completion", shell]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `"${PROGRAM} completion ${shell}"`);
  }
  const wrong = await runProgram(["completion", "powershell"]);
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertMatch(wrong.stderr, /completion.*bash, zsh, fish/);
  assertEquals((await runProgram(["completion"])).code, 2);
  assertEquals(renderCompletion("powershell", model), null);
});

/** What the script offers for the last word of a command line, split as bash does. */
async function completeInBash(bash: string, words: readonly string[]): Promise<readonly string[]> {
  const script = `${renderCompletion("bash", model)}
complete -p ${PROGRAM} >/dev/null || exit 9
compopt() { :; }
COMP_WORDS=(${[PROGRAM, ...words].map((word) => `'${word}'`).join(" ")})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_pg_replication_exporter
((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
exit 0
`;
  const { code, stdout, stderr } = await runWithInput(bash, {
    args: ["--norc"],
    input: script,
  });
  assertEquals([code, stderr], [0, ""], script);
  return stdout.split("\n").filter((line) => line !== "");
}

const bash = await findProgram("bash");

Deno.test({ name: "bash completes commands, flags, values and files", ignore: bash === null }, async () => {
  const complete = (...words: string[]) => completeInBash(bash ?? "", words);
  assertEquals(await complete("re"), ["report"]);
  assertEquals((await complete("")).length, commands.length);
  assertEquals(await complete("--log.l"), ["--log.level="]);
  assertEquals(await complete("--no-collector.slot"), ["--no-collector.slots"]);
  for (const words of [["--log.level", "=", "w"], ["--log.level=w"], ["--log.level", "w"]]) {
    const [found] = await complete(...words);
    assertEquals(found?.replace(/^--log.level=/, ""), "warn", words.join(" "));
  }
  assertEquals(await complete("--log.level", "="), ["debug", "info", "warn", "error"]);
  assertEquals(await complete("ctl", "l"), ["log-level"]);
  assertEquals(await complete("ctl", "log-level", "d"), ["debug"]);
  assertEquals(await complete("completion", ""), ["bash", "zsh", "fish"]);
  assertEquals(await complete("help", "che"), ["check-config"]);
  // Settings are offered only for commands that read them.
  assertEquals(await complete("rules", "--r"), ["--runbook-url="]);
  assertEquals(await complete("dashboard", "--"), ["--help", "--version"]);
  assert((await complete("report", "--r")).includes("--report.warning-lag="));
  // The value of a flag is not a command; the flags of a command are offered only after it.
  assertEquals(await complete("--log.level", "=", "info", "watch", "--sor"), ["--sort="]);
  assertEquals(await complete("--log.level", "info", "watch", "--sor"), ["--sort="]);
  assertEquals(await complete("--sor"), []);
  assertEquals(await complete("--web.telemetry-path", "=", "/"), []);
  assertEquals(await complete("serve", "r"), []);
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-completion-" });
  try {
    await Deno.writeTextFile(`${directory}/with blank.yml`, "");
    assertEquals(await complete("--config.file", "=", `${directory}/w`), [`${directory}/with blank.yml`]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

const zsh = await findProgram("zsh");

Deno.test({ name: "zsh parses its script", ignore: zsh === null }, async () => {
  const script = renderCompletion("zsh", model) ?? "";
  const fine = { code: 0, stdout: "", stderr: "" };
  assertEquals(await runWithInput(zsh ?? "", { args: ["-f", "-n"], input: script }), fine);
  const input = `autoload -Uz compinit; compinit -D -u\n${script}\nprint -r -- $_comps[${PROGRAM}]\n`;
  const sourced = await runWithInput(zsh ?? "", { args: ["-f"], input });
  assertEquals(sourced, { ...fine, stdout: "_pg_replication_exporter\n" });
});

const fish = await findProgram("fish");

Deno.test({ name: "fish completes commands, flags and values", ignore: fish === null }, async () => {
  const home = await Deno.makeTempDir({ prefix: "pgrepl-completion-" });
  try {
    const lines = [
      "re",
      "ctl l",
      "--log.level=w",
      "watch --sort=",
      "--sor",
      "completion ",
      "ctl log-level d",
      "rules --r",
    ];
    const asked = lines.map((line) =>
      `echo "== ${line}"; complete -C "${PROGRAM} ${line}" | string replace -r '\\t.*' ''`
    );
    const { code, stdout, stderr } = await runWithInput("/usr/bin/env", {
      args: [`HOME=${home}`, fish ?? "", "--no-config"],
      input: `${renderCompletion("fish", model)}\n${asked.join("\n")}\ntrue\n`,
    });
    assertEquals([code, stderr], [0, ""]);
    const answers = stdout.split("== ").slice(1).map((part) => part.trimEnd().split("\n").slice(1));
    assertEquals(answers, [
      ["report"],
      ["log-level"],
      ["--log.level=warn"],
      ["--sort=cluster", "--sort=lag", "--sort=name"],
      [],
      ["bash", "fish", "zsh"],
      ["debug"],
      ["--runbook-url"],
    ]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
