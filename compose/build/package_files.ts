import { commands } from "../../src/cli/commands.ts";
import { completionModel, renderCompletion } from "../../src/cli/completion/completion.ts";
import { defineFlags } from "../../src/cli/settings/flags.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { renderManPage } from "./man_page.ts";

/** Directory of the repository. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** Name of the program, its packages and its files. */
export const PROGRAM = "pg-replication-exporter";

/** Files that accompany the executable, generated from the definitions in the source. */
export interface GeneratedFiles {
  /** Manual page. */
  readonly manPage: string;
  /** Completion for a shell. */
  completion(shell: "bash" | "zsh" | "fish"): string;
}

/**
 * Generates the files that accompany the executable.
 *
 * @param build `version` of the program and `date` of the page.
 */
export function generatedFiles(build: { readonly version: string; readonly date: Date }): GeneratedFiles {
  const flags = defineFlags(collectors);
  const model = completionModel(commands, flags);
  return {
    manPage: renderManPage({ commands, flags, ...build }),
    completion: (shell) => renderCompletion(shell, model) ?? "",
  };
}
