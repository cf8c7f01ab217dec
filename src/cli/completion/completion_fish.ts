import type { CompletedFlag, CompletionModel } from "./completion.ts";

const COMPLETE = "complete -c pg-replication-exporter";

/** A word in single quotes, where fish has two escapes. */
function quoteFish(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}

/** The condition on the line for offering a flag; "" for always. */
function conditionOf({ commands, isSetting }: CompletedFlag, idle: readonly string[]): string {
  const seen = "__fish_seen_subcommand_from";
  if (commands.length > 0) return ` -n ${quoteFish(`${seen} ${commands.join(" ")}`)}`;
  return isSetting && idle.length > 0 ? ` -n ${quoteFish(`not ${seen} ${idle.join(" ")}`)}` : "";
}

/** The lines of a flag; `idle` are the commands that read no configuration. */
function flagLines(flag: CompletedFlag, idle: readonly string[]): readonly string[] {
  const condition = conditionOf(flag, idle);
  const value = flag.placeholder === ""
    ? ""
    : flag.values === "file"
    ? " -r -F"
    : ` -x${flag.values === null ? "" : ` -a ${quoteFish(flag.values.join(" "))}`}`;
  return flag.written.map((name) =>
    `${COMPLETE}${condition} -l ${name.replace(/^--/, "")}${value} -d ${quoteFish(flag.help)}`
  );
}

/** Completion script for fish 3. */
export function renderFishCompletion({ commands, flags }: CompletionModel): string {
  const idle = commands.filter(({ hasSettings }) => !hasSettings).map(({ name }) => name);
  return [
    `# Completion of pg-replication-exporter for fish, made by "pg-replication-exporter completion fish".`,
    `${COMPLETE} -f`,
    ...commands.map(({ name, help }) =>
      `${COMPLETE} -n __fish_use_subcommand -a ${name} -d ${quoteFish(help)}`
    ),
    ...commands.flatMap(({ name, operands }) => [
      ...(operands.size === 0 ? [] : [operandLine(name, { words: [...operands.keys()], among: operands })]),
      ...[...operands].filter(([, next]) => next.length > 0)
        .map(([operand, words]) =>
          operandLine(operand, { words, among: new Map(words.map((word) => [word, []])) })
        ),
    ]),
    ...flags.flatMap((flag) => flagLines(flag, idle)),
    "",
  ].join("\n");
}

/** Offers words after another one until one of them has been given. */
function operandLine(
  after: string,
  { words, among }: { readonly words: readonly string[]; readonly among: ReadonlyMap<string, unknown> },
): string {
  const seen = "__fish_seen_subcommand_from";
  const condition = `${seen} ${after}; and not ${seen} ${[...among.keys()].join(" ")}`;
  return `${COMPLETE} -n ${quoteFish(condition)} -a ${quoteFish(words.join(" "))}`;
}
