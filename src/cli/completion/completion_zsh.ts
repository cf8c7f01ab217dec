import type { CompletedFlag, CompletionModel } from "./completion.ts";

/** A word in single quotes. */
function quoteZsh(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text in a specification of `_arguments`, where brackets, colons and backslashes have a meaning. */
function escape(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&");
}

/** The `_arguments` specifications of a flag. */
function specificationsOf(flag: CompletedFlag): readonly string[] {
  const values = flag.values === "file"
    ? "_files"
    : flag.values === null
    ? " "
    : `(${flag.values.join(" ")})`;
  const value = flag.placeholder === "" ? "" : `:${escape(flag.placeholder)}:${values}`;
  const others = flag.isRepeatable ? "*" : `(${flag.written.join(" ")})`;
  return flag.written.map((name) =>
    quoteZsh(`${others}${name}${flag.placeholder === "" ? "" : "="}[${escape(flag.help)}]${value}`)
  );
}

function lines(items: readonly string[], indent: number): string {
  return items.map((item) => " ".repeat(indent) + item).join("\n");
}

/** Completion script for zsh: as a file `_pg-replication-exporter` in `$fpath`, or sourced. */
export function renderZshCompletion({ commands, flags }: CompletionModel): string {
  const own = commands.map(({ name, hasSettings }) => ({
    name,
    hasSettings,
    flags: flags.filter((flag) => flag.commands.includes(name)),
  })).filter((each) => each.flags.length > 0 || !each.hasSettings);
  const operands = commands.flatMap((
    { name, operands },
  ) => [
    [name, [...operands.keys()]] as const,
    ...[...operands].map(([word, next]) => [`${name} ${word}`, next] as const),
  ]).filter(([, words]) => words.length > 0);
  const valued = flags.filter(({ placeholder }) => placeholder !== "").flatMap(({ written }) => written);
  return `#compdef pg-replication-exporter
# Completion of pg-replication-exporter for zsh, made by "pg-replication-exporter completion zsh".
_pg_replication_exporter() {
  local curcontext=$curcontext state line word command place
  local -a commands settings general own valued
  local -i i
  valued=(${valued.join(" ")})
  commands=(
${lines(commands.map(({ name, help }) => quoteZsh(`${name}:${help.replaceAll(":", "\\:")}`)), 4)}
  )
  settings=(
${lines(flags.filter((flag) => flag.isSetting).flatMap(specificationsOf), 4)}
  )
  general=(
${lines(flags.filter((flag) => !flag.isSetting && flag.commands.length === 0).flatMap(specificationsOf), 4)}
  )
  # The command is the first word that is neither a flag nor the value of one; its operands follow.
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if ((\${valued[(Ie)$word]})); then
      ((i++))
    elif [[ $word != -* ]]; then
      place+=\${place:+ }$word
      : \${command:=$word}
    fi
  done
  case $command in
${
    own.flatMap((each) => [
      `    ${each.name})`,
      ...(each.hasSettings ? [] : ["      settings=()"]),
      ...(each.flags.length === 0
        ? []
        : [`      own=(\n${lines(each.flags.flatMap(specificationsOf), 8)}\n      )`]),
      "      ;;",
    ]).join("\n")
  }
  esac
  _arguments -C $settings $general $own '*: :->word' && return 0
  [[ $state == word ]] || return 1
  case $place in
    '') _describe -t commands command commands ;;
${operands.map(([place, words]) => `    ${quoteZsh(place)}) compadd - ${words.join(" ")} ;;`).join("\n")}
    *) return 1 ;;
  esac
}
if [[ $funcstack[1] == _pg-replication-exporter ]]; then
  _pg_replication_exporter "$@"
else
  compdef _pg_replication_exporter pg-replication-exporter
fi
`;
}
