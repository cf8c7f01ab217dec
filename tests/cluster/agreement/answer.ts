/** A question, about what, and the answer. */
export type Answer = readonly [question: string, subject: string, answer: unknown];
