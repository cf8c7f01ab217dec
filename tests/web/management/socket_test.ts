import { assertEquals, assertRejects } from "@std/assert";
import { listenOnSocket, SocketError } from "../../../src/web/management/socket.ts";

const app = () => Promise.resolve(new Response("hello"));

Deno.test(
  { name: "listenOnSocket() removes its files", ignore: Deno.build.os === "windows" },
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-socket-" });
    const path = `${directory}/ctl.sock`;
    try {
      const end = new AbortController();
      const { finished } = await listenOnSocket(app, { path, signal: end.signal });
      assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      {
        using client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
        assertEquals(await (await fetch("http://ctl/", { client })).text(), "hello");
      }
      await assertRejects(
        () => listenOnSocket(app, { path, signal: end.signal }),
        SocketError,
        "another exporter does",
      );
      end.abort();
      await finished;
      assertEquals((await Array.fromAsync(Deno.readDir(directory))).length, 0);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

Deno.test(
  { name: "listenOnSocket() reports why it cannot listen", ignore: Deno.build.os === "windows" },
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-socket-" });
    const { signal } = new AbortController();
    const refused = (path: string) => assertRejects(() => listenOnSocket(app, { path, signal }), SocketError);
    try {
      const missing = await refused(`${directory}/no/ctl.sock`);
      assertEquals([missing.isUnavailable, missing.message.includes("create it with mode 0700")], [
        true,
        true,
      ]);
      await Deno.writeTextFile(`${directory}/file`, "mine");
      const taken = await refused(`${directory}/file`);
      assertEquals([taken.isUnavailable, await Deno.readTextFile(`${directory}/file`)], [false, "mine"]);
      const long = await refused(`${directory}/${"x".repeat(40)}/../${"y".repeat(120)}`);
      assertEquals(long.message.includes("Cannot listen on"), true);
      assertEquals((await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name), ["file"]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
