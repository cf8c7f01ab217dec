/**
 * A client that sends exactly the given bytes, over plain TCP.
 *
 * @module
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a server answered on a connection that is over. */
export interface RawAnswer {
  /** Status of the first response; 0 when there was none. */
  readonly status: number;
  /** Everything that came. */
  readonly text: string;
}

/** Ends what hangs, seconds; far beyond what the slowest machine needs. */
const PATIENCE_SECONDS = 60;

/** Connects to a loopback port. */
export function connect(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** Writes all of a text; says whether the other side took it. */
export async function send(connection: Deno.TcpConn, text: string): Promise<boolean> {
  const bytes = encoder.encode(text);
  try {
    for (let offset = 0; offset < bytes.length;) offset += await connection.write(bytes.subarray(offset));
    return true;
  } catch {
    return false;
  }
}

/** Reads until the text satisfies or the connection ends; fails after `seconds`. */
export async function receive(
  connection: Deno.TcpConn,
  options: { readonly until?: (text: string) => boolean; readonly seconds?: number } = {},
): Promise<string> {
  const { until = () => false, seconds = PATIENCE_SECONDS } = options;
  let text = "";
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.close();
  }, seconds * 1000);
  try {
    const buffer = new Uint8Array(65536);
    while (!until(text)) {
      const length = await connection.read(buffer).catch(() => null);
      if (isLate) throw new Error(`No end within ${seconds} s, got ${JSON.stringify(text.slice(0, 200))}`);
      if (length === null) break;
      text += decoder.decode(buffer.subarray(0, length));
    }
    return text;
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a text on a connection of its own and reads until the server ends it; fails after `seconds`. */
export async function exchange(
  port: number,
  text: string,
  options: { readonly seconds?: number } = {},
): Promise<RawAnswer> {
  const connection = await connect(port);
  try {
    await send(connection, text);
    const answer = await receive(connection, options);
    const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1] ?? 0);
    return { status, text: answer };
  } finally {
    try {
      connection.close();
    } catch {
      // Closed by its own deadline.
    }
  }
}

/** Polls until it holds; fails after `seconds`. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  options: { readonly what: string; readonly seconds?: number },
): Promise<void> {
  const { what, seconds = PATIENCE_SECONDS } = options;
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits for what must come by itself; fails after a minute. */
export async function arrival<T>(promise: Promise<T>, options: { readonly what: string }): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Not within ${PATIENCE_SECONDS} s: ${options.what}`)),
    PATIENCE_SECONDS * 1000,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
