/**
 * Certificates created with openssl, for one test run.
 *
 * @module
 */

/** A certificate to create. */
export interface CertificateOptions {
  /** Common name. */
  readonly name: string;
  /** Subject alternative names in the format of openssl: `DNS:localhost,IP:127.0.0.1`; "" for none. */
  readonly names?: string;
  /** Validity, days; negative: it has expired. */
  readonly days?: number;
  /** The authority that signs it. */
  readonly authority?: "root" | "other";
}

/** A directory of certificates; disposing removes it. */
export class Certificates implements AsyncDisposable {
  /** The directory. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Creates a directory with two independent authorities, `root.crt` and `other.crt`. */
  static async make(): Promise<Certificates> {
    const made = new Certificates(await Deno.makeTempDir({ prefix: "pgrepl-tls-" }));
    for (const authority of ["root", "other"]) {
      await made.#openssl([
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...[
          "-keyout",
          `${authority}.key`,
          "-out",
          `${authority}.crt`,
          "-days",
          "2",
          "-subj",
          `/CN=Test ${authority}`,
        ],
      ]);
    }
    return made;
  }

  /** Path of a file in the directory. */
  path(file: string): string {
    return `${this.directory}/${file}`;
  }

  /** Creates `FILE.crt` and `FILE.key`. */
  async add(
    file: string,
    { name, names = "", days = 2, authority = "root" }: CertificateOptions,
  ): Promise<void> {
    const extensions = `basicConstraints=CA:FALSE\n${names === "" ? "" : `subjectAltName=${names}\n`}`;
    await Deno.writeTextFile(this.path(`${file}.ext`), extensions);
    await this.#openssl([
      ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${file}.key`, "-out", `${file}.csr`, "-subj", `/CN=${name}`],
    ]);
    await this.#openssl([
      ...["x509", "-req", "-in", `${file}.csr`, "-CA", `${authority}.crt`, "-CAkey", `${authority}.key`],
      ...["-CAcreateserial", "-days", String(days), "-extfile", `${file}.ext`, "-out", `${file}.crt`],
    ]);
    await Deno.chmod(this.path(`${file}.key`), 0o600);
  }

  /** Writes `TO` with the key of `FROM`, encrypted. */
  async encryptKey(
    { from, to, passphrase }: { from: string; to: string; passphrase: string },
  ): Promise<void> {
    await this.#openssl([
      ...["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", from, "-out", to, "-passout", `pass:${passphrase}`],
    ]);
    await Deno.chmod(this.path(to), 0o600);
  }

  /** Removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }

  async #openssl(args: readonly string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command("openssl", {
      args: [...args],
      cwd: this.directory,
      stdin: "null",
    }).output();
    if (!success) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
  }
}

/** Whether openssl is installed. */
export async function hasOpenssl(): Promise<boolean> {
  try {
    return (await new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}
