/**
 * A sentence that goes on after a colon.
 *
 * @param text The sentence.
 * @returns The same with a small first letter.
 */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
