/** A cheap HTTP/1.1 client: one open connection, plain TCP, no parsing except for the end of a body. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEAD_END = encoder.encode("\r\n\r\n");
const LINE_END = encoder.encode("\r\n");

/** Headers of a scrape. */
export type ScrapeHeaders = Readonly<Record<string, string>>;

/** Plain text, as with curl. */
export const AS_CURL: ScrapeHeaders = { "accept": "*/*" };

/** As from Prometheus 2 and 3: OpenMetrics preferred, compressed. */
export const AS_PROMETHEUS: ScrapeHeaders = {
  "accept": "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75," +
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
  "accept-encoding": "gzip",
  "x-prometheus-scrape-timeout-seconds": "10",
};

/** An open connection that repeats one GET. */
export class HttpClient implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #request: Uint8Array;
  #buffer = new Uint8Array(1 << 19);
  #length = 0;

  private constructor(connection: Deno.TcpConn, request: Uint8Array) {
    this.#connection = connection;
    this.#request = request;
  }

  /** Connects to a loopback port. */
  static async connect(
    port: number,
    { path = "/metrics", headers = AS_CURL }: { readonly path?: string; readonly headers?: ScrapeHeaders } =
      {},
  ): Promise<HttpClient> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join("")}\r\n`;
    return new HttpClient(connection, encoder.encode(request));
  }

  /**
   * Sends one request and reads the whole response.
   *
   * @returns Size of head and body, bytes.
   * @throws {Error} When the status is not 200 or the connection ends.
   */
  async get(): Promise<number> {
    await this.#send();
    this.#length = 0;
    const headEnd = await this.#find(HEAD_END, 0);
    const head = decoder.decode(this.#buffer.subarray(0, headEnd));
    if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`Expected status 200, got: ${head}`);
    const bodyStart = headEnd + HEAD_END.length;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) await this.#readChunks(bodyStart);
    else while (this.#length < bodyStart + Number(length)) await this.#read();
    return this.#length;
  }

  /** Sends one request; head and body of the response as text, unchanged. */
  async getText(): Promise<string> {
    await this.get();
    return decoder.decode(this.#buffer.subarray(0, this.#length));
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #send(): Promise<void> {
    for (let done = 0; done < this.#request.length;) {
      done += await this.#connection.write(this.#request.subarray(done));
    }
  }

  async #readChunks(start: number): Promise<void> {
    for (let at = start;;) {
      const lineEnd = await this.#find(LINE_END, at);
      const size = Number.parseInt(decoder.decode(this.#buffer.subarray(at, lineEnd)), 16);
      at = lineEnd + LINE_END.length + size + LINE_END.length;
      while (this.#length < at) await this.#read();
      if (size === 0) return;
    }
  }

  /** Reads until a mark appears, and returns its offset. */
  async #find(mark: Uint8Array, from: number): Promise<number> {
    for (let at = from;; at++) {
      while (this.#length < at + mark.length) await this.#read();
      if (mark.every((byte, index) => this.#buffer[at + index] === byte)) return at;
    }
  }

  async #read(): Promise<void> {
    if (this.#length === this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    const size = await this.#connection.read(this.#buffer.subarray(this.#length));
    if (size === null) throw new Error("The server ended the connection within an answer");
    this.#length += size;
  }
}
