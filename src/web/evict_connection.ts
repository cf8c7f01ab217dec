/** An open connection. */
export interface OpenConnection {
  /** Its client. */
  readonly client: string;
  /** Number of requests that are being answered on it. */
  readonly answers: number;
}

/**
 * The connection to evict at the limit, so that no client can lock out the others: an idle one of the client with the
 * most connections, else an idle one of any client, else one of that client. If that client has more than half of all
 * connections, all of them busy (it sends requests and does not read the answers), idle ones of others are spared.
 *
 * @param connections Open connections, the one that is idle longest first, without the new one.
 * @returns null when there is none.
 */
export function connectionToEvict<Key>(connections: ReadonlyMap<Key, OpenConnection>): Key | null {
  const counts = new Map<string, number>();
  for (const { client } of connections.values()) counts.set(client, (counts.get(client) ?? 0) + 1);
  const [[greediest, most] = ["", 0]] = [...counts].toSorted(([, a], [, b]) => b - a);
  const find = (matches: (connection: OpenConnection) => boolean) =>
    connections.entries().find(([, connection]) => matches(connection))?.[0];
  const isGreedy = ({ client }: OpenConnection) => client === greediest;
  const isIdle = ({ answers }: OpenConnection) => answers === 0;
  const anyIdle = () => most * 2 > connections.size ? undefined : find(isIdle);
  return find((each) => isGreedy(each) && isIdle(each)) ?? anyIdle() ?? find(isGreedy) ?? null;
}
