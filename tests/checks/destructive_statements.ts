/**
 * Statements that destroy something if they are wrong, and where the program prints them.
 *
 * @module
 */
import type { TextFile } from "./source_tree.ts";

/** What such a statement looks like, in SQL, in a shell and in prose. */
export const DESTRUCTIVE: readonly RegExp[] = [
  /pg_drop_replication_slot\(/,
  /\bDROP (?:SUBSCRIPTION|TABLE|DATABASE)\b/,
  /\bTRUNCATE\b/,
  /pg_terminate_backend\(/,
  /\bROLLBACK PREPARED\b/,
  /pg_promote\(\)/,
  /SELECT pg_wal_replay_resume\(\)/,
  /pg_ctl (?:stop|promote)\b/,
  /pg_rewind -/,
  /pg_basebackup -/,
  /pg_checksums --enable/,
  /pg_resetwal/,
  /\brm -r/,
  /\bmv (?:DATADIR|"\$PGDATA")/,
  /synchronous_standby_names = ''/,
  /\b(?:rebuild|rewind|promote|stop|drop) (?:it|them)\b/i,
  /SET (?:fsync|full_page_writes|synchronous_commit) = off\b/,
  /promote-read-replica|promote-replica|replica promote/,
  /patronictl (?:reinit|failover)|cnpg (?:destroy|promote)|drop node --destroy|perform promotion/,
  /standby (?:clone --force|promote)|node rejoin|removekeeper|failkeeper/,
  /delete files|empty its data directory/,
];

/** A place in the source where one is printed. */
export interface PrintedStatement {
  /** Path of the file. */
  readonly path: string;
  /** The line, trimmed. */
  readonly line: string;
  /** Whether it is in an argument of `destructive()`, which demands its proof. */
  readonly isProven: boolean;
}

/** Every line of a source file, outside comments, with a destructive statement. */
export function destructiveStatements({ path, text }: TextFile): readonly PrintedStatement[] {
  const proven = provenRanges(text);
  let at = 0;
  return text.split("\n").flatMap((line) => {
    const start = at;
    at += line.length + 1;
    if (/^\s*(?:\*|\/\*|\/\/)/.test(line) || !DESTRUCTIVE.some((pattern) => pattern.test(line))) return [];
    const isProven = proven.some(([from, to]) => start >= from && start <= to);
    return [{ path, line: line.trim(), isProven }];
  });
}

/** From where to where the calls of `destructive()` reach. */
function provenRanges(text: string): readonly (readonly [number, number])[] {
  const calls = /\b(?:destructive|copyAgain|dropUnusedSlot|dropLostSlot)\(\{|\bpromoteAnyway\(/g;
  return [...text.matchAll(calls)].map(({ index, 0: call }) => {
    if (!call.endsWith("{")) return [text.lastIndexOf("\n", index), text.indexOf(")", index)] as const;
    let depth = 0;
    let end = index;
    do {
      end++;
      const character = text.charAt(end);
      if (character === "{") depth++;
      if (character === "}") depth--;
    } while (end < text.length && (depth > 0 || text.charAt(end) !== "}"));
    return [text.lastIndexOf("\n", index), end] as const;
  });
}

/**
 * Destructive statements of a printed text that are not between what to check first and what is lost.
 *
 * @param text An advice, or a step of a runbook.
 */
export function unprovenIn(text: string): readonly string[] {
  const rest = text.replaceAll(/Check first: [^]*? Then [^]*? If that is wrong, /g, "")
    // What is forbidden, and what is said of a state, is no step.
    .replaceAll(/\b(?:do not|must not|never|cannot|must be) [^;,.]*/gi, "");
  return DESTRUCTIVE.flatMap((pattern) => pattern.exec(rest)?.[0] ?? []);
}
