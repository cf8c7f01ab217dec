import { stat } from "node:fs/promises";
import { errorCode } from "../domain/thrown.ts";

/** What must be known of a file before a secret in it is used. */
export interface FileFacts {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Its permission bits; null where there are none, as on Windows. */
  readonly mode: number | null;
  /** Whether root owns it. */
  readonly isOfRoot: boolean;
}

/** Reads the facts of a file; null when there is no such file. */
export type ReadFileFacts = (path: string) => Promise<FileFacts | null>;

/** Reads the facts from the file system; throws its errors, except that there is no such file. */
export const readFileFacts: ReadFileFacts = async (path): Promise<FileFacts | null> => {
  try {
    const found = await stat(path);
    const mode = Deno.build.os === "windows" ? null : found.mode & 0o777;
    return { isFile: found.isFile(), mode, isOfRoot: found.uid === 0 };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return null;
    throw error;
  }
};

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Why a password file is ignored, by libpq's rules; "" when it may be used. */
export function passFileProblem(path: string, { isFile, mode }: FileFacts): string {
  if (!isFile) return `password file ${path} is ignored, it is no plain file`;
  if (mode === null || (mode & 0o077) === 0) return "";
  return `password file ${path} is ignored, others may read it (mode ${octal(mode)}): run chmod 0600 ${path}`;
}

/**
 * Why a client key is not used, by libpq's rules; "" when it may be used. A group may read a file of root, for services
 * that are in it.
 */
export function keyFileProblem(path: string, { isFile, mode, isOfRoot }: FileFacts): string {
  if (!isFile) return `private key file ${path} is no plain file`;
  if (mode === null || (mode & (isOfRoot ? 0o037 : 0o077)) === 0) return "";
  return `others may read private key file ${path} (mode ${
    octal(mode)
  }): run chmod 0600 ${path}, or 0640 if root owns it`;
}
