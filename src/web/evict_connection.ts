/** A connection that is open. */
export interface Held {
  /** Whose it is. */
  readonly client: string;
  /** How many requests are being answered on it. */
  readonly answers: number;
}

/**
 * The connection to end when there is no place for another one, so that nobody keeps all others out: one of the client that
 * holds the most. One on which nothing is answered goes first, whosever it is, unless a single client holds more than
 * half of all and answers on every one of its own: who asks and does not read, on as many connections as there are.
 *
 * @param held Open connections, the one that has waited longest first, without the new one.
 * @returns null when there is none.
 */
export function whomToEnd<Key>(held: ReadonlyMap<Key, Held>): Key | null {
  const counts = new Map<string, number>();
  for (const { client } of held.values()) counts.set(client, (counts.get(client) ?? 0) + 1);
  const [[greediest, most] = ["", 0]] = [...counts].toSorted(([, a], [, b]) => b - a);
  const find = (fits: (connection: Held) => boolean) =>
    held.entries().find(([, connection]) => fits(connection))?.[0];
  const its = ({ client }: Held) => client === greediest;
  const waits = ({ answers }: Held) => answers === 0;
  const anyWaiting = () => most * 2 > held.size ? undefined : find(waits);
  return find((each) => its(each) && waits(each)) ?? anyWaiting() ?? find(its) ?? null;
}
