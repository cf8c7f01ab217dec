/**
 * HTTP: the parts of `@std/http` that are used, under the same names.
 *
 * @module
 */
export { STATUS_CODE, STATUS_TEXT, type StatusCode } from "./status.ts";
