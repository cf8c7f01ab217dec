/**
 * Shell completion for bash, zsh and fish, from the tables of commands and flags.
 *
 * @module
 */
import { checks } from "../../cluster/findings/checks.ts";
import { ConfigError } from "../../config/config_error.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { SORT_KEYS } from "../../report/terminal/rows.ts";
import { LIST_FORMATS } from "../look/list.ts";
import { WAIT_ROLES } from "../look/wait.ts";
import { LOG_LEVELS } from "../../web/management/api.ts";
import type { Command, Invocation } from "../command.ts";
import { renderBashCompletion } from "./completion_bash.ts";
import { renderFishCompletion } from "./completion_fish.ts";
import { renderZshCompletion } from "./completion_zsh.ts";
import { type Flag, isSetting } from "../settings/flags.ts";

/** A flag as a shell completes it. */
export interface CompletedFlag {
  /** How it is written, e.g. `--log.level`; a negatable switch in both forms. */
  readonly written: readonly string[];
  /** Placeholder for its value; "" for a switch. */
  readonly placeholder: string;
  /** Its possible values: words, the path of a file, or null when the shell cannot know them. */
  readonly values: readonly string[] | "file" | null;
  /** What it does, in one sentence. */
  readonly help: string;
  /** Whether it may be repeated. */
  readonly isRepeatable: boolean;
  /** The commands it belongs to; empty when it belongs to none. */
  readonly commands: readonly string[];
  /** Whether it is a setting, for every command that reads the configuration. */
  readonly isSetting: boolean;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** Its name. */
  readonly name: string;
  /** What it does, in one line. */
  readonly help: string;
  /** Its possible operands, each with the words that may follow it. */
  readonly operands: ReadonlyMap<string, readonly string[]>;
  /** Whether it reads the configuration. */
  readonly hasSettings: boolean;
}

/** Everything a shell can complete. */
export interface CompletionModel {
  /** The commands. */
  readonly commands: readonly CompletedCommand[];
  /** The flags. */
  readonly flags: readonly CompletedFlag[];
}

/** Renders the script of each shell. */
const SHELLS: Readonly<Record<string, (model: CompletionModel) => string>> = {
  bash: renderBashCompletion,
  zsh: renderZshCompletion,
  fish: renderFishCompletion,
};

/** Values of flags that take one of a few words. */
const FLAG_VALUES: Readonly<Record<string, readonly string[]>> = {
  "log.level": LOG_LEVELS,
  "log.format": ["logfmt", "json"],
  "format": LIST_FORMATS,
  "role": WAIT_ROLES,
  "sort": SORT_KEYS,
  "check": checks.map(({ name }) => name),
  "explain": checks.map(({ name }) => name),
};

/** Flags with the placeholder PATH whose value is the path of a file. */
const PATH_FLAGS: readonly string[] = ["socket", "management.socket"];

/** Operands of commands that take one of a few words. */
const COMMAND_OPERANDS: Readonly<Record<string, ReadonlyMap<string, readonly string[]>>> = {
  ctl: new Map<string, readonly string[]>([
    ...["ping", "status", "config", "reload", "shutdown"].map((action) => [action, []] as const),
    ["log-level", LOG_LEVELS],
  ]),
  completion: new Map(Object.keys(SHELLS).map((shell) => [shell, []])),
};

function firstSentence(text: string): string {
  return /^.*?\.(?= [A-Z]|$)/.exec(text)?.[0] ?? text;
}

/** What shells complete, from all commands and flags. */
export function completionModel(
  commands: readonly Pick<Command, "name" | "help" | "hasSettings">[],
  flags: readonly Flag[],
): CompletionModel {
  const helped = new Map(commands.map(({ name }) => [name, []]));
  return {
    commands: commands.map(({ name, help, hasSettings }) => ({
      name,
      help,
      hasSettings,
      operands: (name === "help" ? helped : COMMAND_OPERANDS[name]) ?? new Map(),
    })),
    flags: flags.map((flag) => ({
      written: [`--${flag.name}`, ...(flag.isNegatable ? [`--no-${flag.name}`] : [])],
      placeholder: flag.placeholder,
      values: FLAG_VALUES[flag.name] ??
        (flag.placeholder === "FILE" || PATH_FLAGS.includes(flag.name) ? "file" : null),
      help: firstSentence(flag.help),
      isRepeatable: flag.isRepeatable,
      commands: flag.commands,
      isSetting: isSetting(flag),
    })),
  };
}

/** The completion script of `bash`, `zsh` or `fish`; null for an unknown shell. */
export function renderCompletion(shell: string, model: CompletionModel): string | null {
  return SHELLS[shell]?.(model) ?? null;
}

/**
 * `completion SHELL`: prints a script that completes commands, flags and their values.
 *
 * @throws {ConfigError} For an unknown shell.
 */
export function printCompletion(
  { context, operands, commands, flags }: Pick<Invocation, "context" | "operands" | "commands" | "flags">,
): Promise<number> {
  const shell = operands[0] ?? "";
  const script = renderCompletion(shell, completionModel(commands, flags));
  if (script === null) {
    const shells = Object.keys(SHELLS);
    const expected = didYouMean(shell, shells) || `: expected ${shells.join(", ")}`;
    return Promise.reject(new ConfigError([`"completion" does not support this shell${expected}`]));
  }
  context.writeStdout(script);
  return Promise.resolve(0);
}
