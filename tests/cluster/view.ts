/** What tests ask of a view. */
import type { ServerView, View } from "../../src/domain/view.ts";

/** The server of that name. */
export function serverIn(view: View, name: string): ServerView {
  const server = view.servers.find((each) => each.server === name);
  if (server === undefined) throw new Error(`No server ${name}`);
  return server;
}

/** Names of the servers on a timeline that their cluster has left. */
export function strandedIn(view: View): readonly string[] {
  return view.servers.filter(({ isStranded }) => isStranded).map(({ server }) => server);
}
