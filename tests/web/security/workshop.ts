/**
 * Certificates made by openssl, in a directory of their own, and what curl says of a server.
 *
 * @module
 */

/** What curl saw. */
export interface CurlOutcome {
  /** curl's exit code; 0 when there was an answer, whatever it said. */
  readonly code: number;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Body. */
  readonly body: string;
  /** What curl said about a failure. */
  readonly error: string;
}

/** A directory with an authority and the certificates it signed; disposing it removes all. */
export class Workshop implements AsyncDisposable {
  /** The directory. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the directory and an authority, `ca.crt`. */
  static async open(): Promise<Workshop> {
    const workshop = new Workshop(await Deno.makeTempDir({ prefix: "pgrepl-tls-" }));
    await workshop.selfSigned("ca");
    return workshop;
  }

  /** Where a file of the workshop is. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Writes a file whole: beside it first, as certificates are renewed. */
  async write(name: string, text: string): Promise<string> {
    await Deno.writeTextFile(this.path(`${name}.new`), text);
    await Deno.rename(this.path(`${name}.new`), this.path(name));
    return this.path(name);
  }

  /** A key and a certificate that nobody but itself vouches for: `NAME.key`, `NAME.crt`. */
  async selfSigned(name: string): Promise<void> {
    await this.#openssl(
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ["-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${name}`],
    );
  }

  /** A key and a certificate of the authority: `NAME.key`, `NAME.crt`. */
  async issue(
    name: string,
    options: { readonly names?: string; readonly days?: number; readonly type?: "ec" | "rsa" } = {},
  ): Promise<void> {
    const { names = "DNS:localhost,IP:127.0.0.1", days = 2, type = "ec" } = options;
    const key = type === "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] : ["rsa:2048"];
    await this.#openssl(
      ["req", "-newkey", ...key, "-nodes", "-subj", `/CN=${name}`],
      ["-keyout", `${name}.key.new`, "-out", `${name}.csr`],
    );
    await Deno.writeTextFile(this.path(`${name}.ext`), `subjectAltName=${names}\n`);
    await this.#openssl(
      ["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
      ["-days", String(days), "-extfile", `${name}.ext`, "-out", `${name}.crt.new`],
    );
    await Deno.rename(this.path(`${name}.key.new`), this.path(`${name}.key`));
    await Deno.rename(this.path(`${name}.crt.new`), this.path(`${name}.crt`));
  }

  /** Asks a server with curl, which trusts the authority. */
  async curl(url: string, ...args: readonly string[]): Promise<CurlOutcome> {
    const { code, stdout, stderr } = await new Deno.Command("curl", {
      args: [
        "--silent",
        "--show-error",
        "--max-time",
        "60",
        "--cacert",
        "ca.crt",
        "--write-out",
        "\n%{http_code}",
      ]
        .concat(args, url),
      cwd: this.directory,
      env: { NO_PROXY: "*", no_proxy: "*" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    const cut = text.lastIndexOf("\n");
    return {
      code,
      status: Number(text.slice(cut + 1)),
      body: text.slice(0, cut),
      error: new TextDecoder().decode(stderr),
    };
  }

  /** Arguments for curl to bring a certificate of the workshop. */
  bringing(name: string): readonly string[] {
    return ["--cert", `${name}.crt`, "--key", `${name}.key`];
  }

  /** The subject of the certificate that a server shows. */
  async subjectAt(port: number): Promise<string> {
    const { stdout } = await new Deno.Command("openssl", {
      args: ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost"],
      stdin: "null",
      stderr: "null",
    }).output();
    return /^subject=.*?CN ?= ?(\S+)$/m.exec(new TextDecoder().decode(stdout))?.[1] ?? "";
  }

  /** Removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }

  async #openssl(...args: readonly (readonly string[])[]): Promise<void> {
    const { success, stderr } = await new Deno.Command("openssl", {
      args: args.flat(),
      cwd: this.directory,
      stdin: "null",
    }).output();
    if (!success) throw new Error(`openssl failed: ${new TextDecoder().decode(stderr)}`);
  }
}
