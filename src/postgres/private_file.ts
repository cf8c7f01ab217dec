import { stat } from "node:fs/promises";

/** What is asked of a file before a secret in it is used. */
export interface FileFacts {
  /** Whether it is a file, not a directory or device. */
  readonly isFile: boolean;
  /** Its permission bits; null where there are none, as on Windows. */
  readonly mode: number | null;
  /** Whether it belongs to root. */
  readonly isOfRoot: boolean;
}

/** Asks for them; null when there is no such file. */
export type ReadFileFacts = (path: string) => Promise<FileFacts | null>;

/** Asks the file system; throws what it says other than that there is no such file. */
export const readFileFacts: ReadFileFacts = async (path): Promise<FileFacts | null> => {
  try {
    const found = await stat(path);
    const mode = Deno.build.os === "windows" ? null : found.mode & 0o777;
    return { isFile: found.isFile(), mode, isOfRoot: found.uid === 0 };
  } catch (error) {
    const code: unknown = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
};

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/**
 * Why libpq does not look into a password file.
 *
 * @param path The file.
 * @param facts What it is.
 * @returns "" when it may be used.
 */
export function passFileProblem(path: string, { isFile, mode }: FileFacts): string {
  if (!isFile) return `password file ${path} is ignored, it is no plain file`;
  if (mode !== null && (mode & 0o077) !== 0) {
    return `password file ${path} is ignored, others may read it (mode ${
      octal(mode)
    }): run chmod 0600 ${path}`;
  }
  return "";
}

/**
 * Why libpq does not use a client key. A file of root may be readable by a group, for services that are in it.
 *
 * @param path The file.
 * @param facts What it is.
 * @returns "" when it may be used.
 */
export function keyFileProblem(path: string, { isFile, mode, isOfRoot }: FileFacts): string {
  if (!isFile) return `private key file ${path} is no plain file`;
  if (mode !== null && (mode & (isOfRoot ? 0o037 : 0o077)) !== 0) {
    return `others may read private key file ${path} (mode ${octal(mode)}): run chmod 0600 ${path}, ` +
      "or 0640 when it belongs to root";
  }
  return "";
}
