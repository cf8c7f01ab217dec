/**
 * Stands in for systemd: prints every datagram of the given socket, as one JSON text per line.
 *
 * @module
 */
if (import.meta.main) {
  const [path = ""] = Deno.args;
  const socket = Deno.listenDatagram({
    transport: "unixpacket",
    path: path.startsWith("@") ? `\0${path.slice(1)}` : path,
  });
  const say = (value: unknown) => Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
  await say("listening");
  for await (const [bytes] of socket) await say(new TextDecoder().decode(bytes));
}
