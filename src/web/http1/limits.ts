/**
 * HTTP/1.1 as the exporter needs it, over any byte stream.
 *
 * Written by hand because the listener of `Deno.serve` has no deadline for a request that never ends, answers huge
 * and malformed requests with an empty 400, and stops for good when the process runs out of file descriptors
 * (Deno 2.6 to 2.9): a few hundred half requests would end the monitoring. Here every wait has a deadline, every
 * size a bound, and when connections run out, the one that has waited longest makes room.
 *
 * @module
 */

/** What one client may ask of us. */
export interface HttpLimits {
  /** Longest request line, bytes; beyond it 414. */
  readonly requestLineBytes: number;
  /** Largest request line and header fields together, bytes; beyond it 431. */
  readonly headBytes: number;
  /** Most header fields; beyond it 431. */
  readonly headerFields: number;
  /** From a request's first byte (or the connection's start) to the end of its header, seconds; beyond it 408. */
  readonly headSeconds: number;
  /** How long a connection may rest between requests, seconds. */
  readonly idleSeconds: number;
  /** How long an answer may be worked on, seconds. */
  readonly answerSeconds: number;
  /** How long the client may take to accept one piece of the answer, seconds. */
  readonly writeSeconds: number;
  /** Connections at once; beyond it the one that has waited longest is closed. */
  readonly connections: number;
  /** How often deadlines are looked at, seconds. */
  readonly sweepSeconds: number;
}

/**
 * Generous for any scraper or browser. Resting connections outlive Prometheus's own 5 minutes, so that the client is
 * the one to close and no scrape meets a connection that is just being closed.
 */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  requestLineBytes: 8 * 1024,
  headBytes: 16 * 1024,
  headerFields: 100,
  headSeconds: 10,
  idleSeconds: 360,
  answerSeconds: 60,
  writeSeconds: 10,
  connections: 512,
  sweepSeconds: 1,
};
