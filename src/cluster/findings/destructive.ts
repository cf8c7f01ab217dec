/**
 * Advice that destroys something if it is wrong: nothing else may print such a step, so that none comes without its proof.
 *
 * @module
 */

/** A step that destroys something if it is wrong, and what a person must know before taking it. */
export interface Destruction {
  /** What makes it safe here: a sentence without its full stop. */
  readonly because: string;
  /** What to check first, with the command: follows "Check first:". */
  readonly checkFirst: string;
  /** The step: follows "Then". */
  readonly step: string;
  /** What is lost if the reason does not hold: follows "If that is wrong,". */
  readonly loses: string;
}

/** The text of such a step. */
export function destructive({ because, checkFirst, step, loses }: Destruction): string {
  return `${because}. Check first: ${closed(checkFirst)} Then ${closed(step)} If that is wrong, ${loses}`;
}

/** A statement ends with its semicolon, a sentence with a full stop. */
function closed(text: string): string {
  return /[;.?]`?$/.test(text) ? text : `${text}.`;
}
