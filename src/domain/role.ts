/**
 * Roles of servers.
 *
 * @module
 */

/** A server in recovery is a standby, any other a primary (`pg_is_in_recovery()`). */
export type Role = "primary" | "standby";
