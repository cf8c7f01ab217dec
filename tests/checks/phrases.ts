/**
 * Phrases that read as translated and must not come back: text in, violations with their place out.
 *
 * @module
 */
import type { TextFile } from "./source_tree.ts";

/** A phrase, as the source of a regular expression, and the words to use instead. */
type Phrase = readonly [pattern: string, instead: string];

/** The phrases; a space also matches a line break with what comments and joined strings put around it. */
const PHRASES: readonly Phrase[] = [
  ["leaves? \\w+ without an answer", "does not respond"],
  ["turns? .{0,40}logins? down", "rejects the login"],
  ["lacks? (?:nothing|all|WAL|the WAL)", "is caught up, still needs the WAL"],
  ["what (?:it|they|(?:a|the) standby) lacks?", "its backlog, the WAL it still needs"],
  ["keeps? nobody out", "does not restrict access"],
  ["nobody (?:can tell|knows)", "unknown"],
  ["whoever", "the actor: the client, the server"],
  ["told(?! otherwise)", "reported, known, called, distinguished"],
  ["tells", "reports, shows, distinguishes"],
  ["(?:does|do|did) not tell", "does not report"],
  ["own words?", "reported by itself"],
  ["says? so by itself", "reports it without being asked"],
  ["nothing to say", "drop it"],
  ["what is said of", "what is reported about"],
  ["without further ado", "by default"],
  ["anew", "again, new"],
  ["lately", "recently"],
  ["dear(?:er|est)?", "expensive"],
  ["in vain", "without success"],
  ["in step(?! \\d)", "in sync"],
  ["of no use", "useless, not usable"],
  ["as good as", "almost"],
  ["for want of", "because it is missing"],
  ["present rate", "current rate"],
  ["reckon(?:s|ed|ing)?", "compute, estimate"],
  ["mend(?:s|ed|ing)|mend (?:it|them|this|that|the)", "fix, repair"],
  ["stands? (?:still )?until", "remains, persists"],
  ["lets? go of", "releases"],
  ["gives? way", "is overridden by"],
  ["leads? (?:nowhere|elsewhere)", "is unreachable, points to another server"],
  ["died of", "failed with"],
  ["takes in (?:how|the|what)", "records"],
  ["(?:is|are|was|were) not reached", "is unreachable, cannot be reached"],
  ["the one before (?:goes|holds|stays)", "the previous one stays in effect"],
];

/** A space, or the end of a line within a comment, a paragraph or a string of several parts. */
const GAP = "(?:[ \\t]*[\"'`]?[ \\t]*\\+?[ \\t]*\\n[ \\t]*(?:\\*|//|#|--|[\"'`])? ?| )";

const MATCHERS: readonly (readonly [RegExp, string])[] = PHRASES.map(([pattern, instead]) =>
  [new RegExp(`\\b(?:${pattern.replaceAll(" ", GAP)})\\b`, "gi"), instead] as const
);

const GAPS = new RegExp(GAP, "g");

/** Whether a user or a reader of the source sees the file's text. Names of tests are exempt for now. */
export function isReadByPeople(path: string): boolean {
  return /^(?:src|compose|docs|\.github)\/|^(?:main\.ts|README\.md)$/.test(path);
}

/**
 * Phrases of {@linkcode PHRASES} in a file.
 *
 * @param file The file.
 * @returns One sentence for each, with path, line and the words to use instead.
 */
export function checkPhrases({ path, text }: TextFile): readonly string[] {
  return MATCHERS.flatMap(([pattern, instead]) =>
    [...text.matchAll(pattern)].map((match) => ({ match, instead }))
  ).toSorted((a, b) => a.match.index - b.match.index).map(({ match, instead }) => {
    const line = text.slice(0, match.index).split("\n").length;
    return `${path}:${line} says "${match[0].replaceAll(GAPS, " ")}": ${instead}`;
  });
}
