/** What a fault of the command line is. */
import type { Cluster } from "./topology.ts";

/** A fault of the command line. */
export interface FaultDefinition {
  /** Its name. */
  readonly name: string;
  /** Its arguments as shown in help: `STANDBY`, `SERVER`, then further ones; optional ones in brackets. */
  readonly parameters: readonly string[];
  /** One line of help. */
  readonly help: string;
  /** Default server; null: a server is required; "": the fault has no server. */
  readonly defaultServer: string | null;
  /** Injects it. Returns one line: the new state, and how to undo it. */
  run(cluster: Cluster, server: string, argument: string | undefined): Promise<string> | string;
}

/** The second half of a line: how to undo it. */
export function undo(text: string): string {
  return `; undo: ${text}`;
}

/** Reads a number argument. */
export function numberOf(
  argument: string | undefined,
  options: { readonly name: string; readonly default: number },
): number {
  if (argument === undefined) return options.default;
  const value = Number(argument);
  if (argument.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`Cannot read ${options.name} "${argument}": expected a number, 0 or more`);
}
