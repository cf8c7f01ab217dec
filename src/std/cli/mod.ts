/**
 * Command line: the parts of `@std/cli` that are used, under the same names.
 *
 * @module
 */
export { type Args, parseArgs, type ParseOptions } from "./parse_args.ts";
