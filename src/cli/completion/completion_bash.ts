import type { CompletedFlag, CompletionModel } from "./completion.ts";

/** Flags as words; one with a value ends in "=", so that the value can follow. */
function flagWords(flags: readonly CompletedFlag[]): string {
  return flags.flatMap(({ written, placeholder }) =>
    written.map((name) => placeholder === "" ? name : `${name}=`)
  ).join(" ");
}

function patternOf(flags: readonly CompletedFlag[]): string {
  return flags.flatMap(({ written }) => written).join(" | ");
}

/** One branch of a `case`; nothing without a pattern. */
function branch(pattern: string, code: string): readonly string[] {
  return pattern === "" ? [] : [`    ${pattern}) ${code} ;;`];
}

/** Completion script for bash 4.1 and later, without the bash-completion package. */
export function renderBashCompletion({ commands, flags }: CompletionModel): string {
  const valued = flags.filter(({ placeholder }) => placeholder !== "");
  const own = (name: string) => flags.filter((flag) => flag.commands.includes(name));
  const operands = commands.flatMap(({ name, operands }) => [
    ...branch(operands.size === 0 ? "" : name, `words='${[...operands.keys()].join(" ")}'`),
    ...[...operands].flatMap(([operand, next]) =>
      branch(next.length === 0 ? "" : `"${name} ${operand}"`, `words='${next.join(" ")}'`)
    ),
  ]);
  return `# Completion of pg-replication-exporter for bash, made by "pg-replication-exporter completion bash".
_pg_replication_exporter() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local flag= prefix= command= path= word= words= own= i
  local settings='${flagWords(flags.filter((flag) => flag.isSetting))}'
  local general='${flagWords(flags.filter((flag) => !flag.isSetting && flag.commands.length === 0))}'
  local valued=' ${valued.flatMap(({ written }) => written).join(" ")} '
  COMPREPLY=()

  # Usually "=" is a word of its own to bash.
  if [[ $cur == = ]]; then
    flag=$prev cur=
  elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $cur == --*=* ]]; then
    flag=\${cur%%=*} prefix=\${cur%%=*}= cur=\${cur#*=}
  elif [[ $valued == *" $prev "* ]]; then
    flag=$prev
  fi
  case $flag in
    '') ;;
${
    [
      ...branch(
        patternOf(valued.filter(({ values }) => values === "file")),
        `compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -P "$prefix" -f -- "$cur"); return`,
      ),
      ...valued.filter(({ values }) => values !== null && values !== "file").flatMap((flag) =>
        branch(patternOf([flag]), `words='${[...flag.values ?? []].join(" ")}'`)
      ),
    ].join("\n")
  }
    *) return ;;
  esac
  if [[ -n $flag ]]; then
    mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$words" -- "$cur")
    return
  fi

  # The command is the first word that is neither a flag nor the value of one; its operands follow.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ \${COMP_WORDS[i + 1]} == = ]]; then
      ((i += 2))
    elif [[ $valued == *" $word "* ]]; then
      ((i++))
    elif [[ $word != -* ]]; then
      path+=\${path:+ }$word
      command=\${command:-$word}
    fi
  done
  if [[ $cur == -* ]]; then
    case $command in
${
    commands.flatMap(({ name, hasSettings }) => {
      const code = [
        ...(hasSettings ? [] : ["settings="]),
        ...(own(name).length === 0 ? [] : [`own='${flagWords(own(name))}'`]),
      ];
      return branch(code.length === 0 ? "" : name, code.join(" "));
    }).join("\n")
  }
    esac
    mapfile -t COMPREPLY < <(compgen -W "$settings $general $own" -- "$cur")
    if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
    return
  fi
  case $path in
    '') words='${commands.map(({ name }) => name).join(" ")}' ;;
${operands.join("\n")}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _pg_replication_exporter pg-replication-exporter
`;
}
