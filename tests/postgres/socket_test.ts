import { assert, assertEquals, assertRejects } from "@std/assert";
import { openSocket } from "../../src/postgres/socket.ts";
import { target } from "../fixtures/targets.ts";

const never = new AbortController().signal;

function listen(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

Deno.test("openSocket() reports its steps and connects", async () => {
  using listener = listen();
  const steps: string[] = [];
  const socket = await openSocket(target({ host: "localhost", port: listener.addr.port }), {
    signal: never,
    onStep: (step) => steps.push(step),
  });
  using connection = await listener.accept();
  assertEquals(steps, ["resolve", "connect"]);
  assertEquals(connection.remoteAddr.transport, "tcp");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.destroy();
  await closed;
});

Deno.test("openSocket() connects to hostaddr and resolves nothing", async () => {
  using listener = listen();
  const to = target({ host: "no-such-host.invalid", hostAddress: "127.0.0.1", port: listener.addr.port });
  const socket = await openSocket(to, { signal: never, onStep: () => {} });
  using _connection = await listener.accept();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.destroy();
  await closed;
});

Deno.test("openSocket() leaves a paused socket unread", async () => {
  using listener = listen();
  const to = target({ port: listener.addr.port });
  for (const isPaused of [true, false]) {
    const socket = await openSocket(to, { signal: never, onStep: () => {}, isPaused });
    using _connection = await listener.accept();
    assertEquals(socket.isPaused(), isPaused);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await closed;
  }
});

Deno.test("openSocket() fails when nothing listens", async () => {
  // Below the ports that the system assigns.
  const port = 1;
  const error = await assertRejects(
    () => openSocket(target({ port }), { signal: never, onStep: () => {} }),
    Error,
  );
  assert("code" in error && error.code === "ECONNREFUSED");
});

Deno.test("openSocket() rejects with the reason of its signal", async () => {
  const controller = new AbortController();
  controller.abort(new RangeError("too late"));
  await assertRejects(
    () => openSocket(target(), { signal: controller.signal, onStep: () => {} }),
    RangeError,
    "too late",
  );
});
