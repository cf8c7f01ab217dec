/**
 * `synchronous_standby_names`: which standbys must confirm a commit, and how many.
 *
 * Grammar: {@link https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES};
 * names: `src/backend/replication/syncrep_scanner.l`.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";

/** A parsed `synchronous_standby_names`. */
export interface SyncNames {
  /** `first`: in order of the list; `any`: a quorum, in no order. */
  readonly method: "first" | "any";
  /** Standbys that must confirm; 0 when the setting is empty. */
  readonly required: number;
  /** Names as written, unquoted; `*` is any. */
  readonly names: readonly string[];
}

/** State of synchronous commit. */
export interface SyncStanding {
  /** Standbys that must confirm a commit. */
  readonly required: number;
  /** How many of these stream. */
  readonly met: number;
  /** Further ones, which can be lost without making commits wait. */
  readonly spare: number;
}

type Token = { readonly kind: "name" | "number" | "punctuation" | "keyword"; readonly text: string };

// A name begins with a letter, "_" or any byte beyond ASCII; "*" is a name; a number may be a name, too.
const TOKEN = /\s*(?:"((?:[^"]|"")*)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\*)|(\d+)|([(),]))/uy;

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw malformedSyncNames(text, `nothing unquoted like "${text.slice(from).trim()}"`);
    const [, quoted, word, number, punctuation] = match;
    if (quoted !== undefined) tokens.push({ kind: "name", text: quoted.replaceAll('""', '"') });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (punctuation !== undefined) tokens.push({ kind: "punctuation", text: punctuation });
    else if (word !== undefined) {
      tokens.push({ kind: /^(?:first|any)$/i.test(word) ? "keyword" : "name", text: word });
    }
  }
  return tokens;
}

function malformedSyncNames(text: string, expected: string): SyntaxError {
  return new SyntaxError(`Cannot parse synchronous_standby_names: expected ${expected}, got "${text}"`);
}

/**
 * Parses `synchronous_standby_names`.
 *
 * @param text The setting: `a, b`, `2 (a, b, c)`, `FIRST 2 (a, b, c)`, `ANY 1 ("s-1", *)`, or empty.
 * @throws {SyntaxError} When PostgreSQL would not have accepted it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseSyncNames('ANY 1 ("s-1", s2)'), { method: "any", required: 1, names: ["s-1", "s2"] });
 * ```
 */
export function parseSyncNames(text: string): SyncNames {
  const tokens = tokenize(text);
  const [first, second] = tokens;
  if (first === undefined) return { method: "first", required: 0, names: [] };
  if (first.kind === "keyword") {
    if (second?.kind !== "number") throw malformedSyncNames(text, `a number after ${first.text}`);
    return {
      method: first.text.toLowerCase() === "any" ? "any" : "first",
      required: requireCount(text, second.text),
      names: parseBracketed(text, tokens.slice(2)),
    };
  }
  if (first.kind === "number" && second?.kind === "punctuation" && second.text === "(") {
    return {
      method: "first",
      required: requireCount(text, first.text),
      names: parseBracketed(text, tokens.slice(1)),
    };
  }
  return { method: "first", required: 1, names: parseList(text, tokens) };
}

function requireCount(text: string, number: string): number {
  const count = Number(number);
  if (count < 1) throw malformedSyncNames(text, "at least 1 synchronous standby");
  return count;
}

function parseBracketed(text: string, tokens: readonly Token[]): readonly string[] {
  const open = tokens[0];
  const close = tokens[tokens.length - 1];
  if (
    open?.text !== "(" || open.kind !== "punctuation" || close?.text !== ")" || close.kind !== "punctuation"
  ) {
    throw malformedSyncNames(text, "a list in parentheses");
  }
  return parseList(text, tokens.slice(1, -1));
}

function parseList(text: string, tokens: readonly Token[]): readonly string[] {
  const names: string[] = [];
  tokens.forEach((token, index) => {
    const wantsName = index % 2 === 0;
    if (wantsName && (token.kind === "name" || token.kind === "number")) names.push(token.text);
    else if (wantsName || token.text !== "," || token.kind !== "punctuation") {
      throw malformedSyncNames(text, "names separated by commas");
    }
  });
  if (names.length === 0 || tokens.length % 2 === 0) {
    throw malformedSyncNames(text, "a name after each comma");
  }
  return names;
}

/**
 * Whether a standby is named.
 *
 * @param names The parsed setting.
 * @param applicationName The standby's `application_name`; letters are compared without regard to case.
 */
export function isSyncCandidate(names: SyncNames, applicationName: string): boolean {
  return placeIn(names, applicationName) >= 0;
}

/** The place of a standby in the list; -1 when it is not named. */
function placeIn({ names }: SyncNames, applicationName: string): number {
  // As pg_strcasecmp does in a UTF-8 database: only ASCII letters are folded.
  const fold = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return names.findIndex((name) => name === "*" || fold(name) === fold(applicationName));
}

/**
 * Whether a sender can ever confirm a commit at a level: `remote_apply` needs its replay position, which
 * `pg_receivewal` and similar clients never report.
 *
 * @param sender The sender.
 * @param synchronousCommit The level, `synchronous_commit`; null when unknown.
 */
export function canConfirm(sender: SenderFact, synchronousCommit: string | null): boolean {
  return synchronousCommit !== "remote_apply" || sender.replayPosition !== null;
}

/**
 * How many of the required standbys stream.
 *
 * As in `SyncRepGetCandidateStandbys()`, every sender that streams and reports a flush position counts, `pg_receivewal`
 * too, and two senders of one name count twice. With `FIRST`, a commit waits for the first connected ones of the list,
 * even if one of them can never confirm the level and a later one could.
 *
 * @param names The parsed setting.
 * @param senders The primary's sender rows.
 * @param synchronousCommit The level that commits ask for; null when unknown.
 * @returns null when the state of a named sender is unknown.
 */
export function deriveSyncStanding(
  names: SyncNames,
  senders: readonly SenderFact[],
  synchronousCommit: string | null,
): SyncStanding | null {
  const placeOf = ({ applicationName }: SenderFact) => placeIn(names, applicationName);
  const named = senders.filter((sender) => placeOf(sender) >= 0)
    .toSorted((a, b) => placeOf(a) - placeOf(b));
  if (named.some((sender) => sender.state === null)) return null;
  const { method, required } = names;
  const confirming = named
    .filter(({ state, flushPosition }) =>
      (state === "streaming" || state === "stopping") && flushPosition !== null
    )
    .map((sender) => canConfirm(sender, synchronousCommit))
    .filter((can) => can || method === "first");
  const met = confirming.slice(0, required).filter((can) => can).length;
  const never = confirming.indexOf(false);
  return { required, met, spare: Math.max(0, (never < 0 ? confirming.length : never) - required) };
}

/**
 * The state of synchronous commit on a server.
 *
 * @param server Its latest snapshot.
 * @returns null unless it is a primary that is up, reports its senders, and has a valid setting.
 */
export function syncStandingOf({ up: isUp, role, facts }: ServerSnapshot): SyncStanding | null {
  const [sync] = facts.sync ?? [];
  if (!isUp || role !== "primary" || sync === undefined || facts.senders === undefined) return null;
  try {
    return deriveSyncStanding(parseSyncNames(sync.standbyNames), facts.senders, sync.synchronousCommit);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
