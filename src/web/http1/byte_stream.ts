/** A connection as HTTP needs it; `Deno.TcpConn` and `Deno.TlsConn` are such. */
export interface ByteStream {
  /** Reads some bytes; `null` at the end. Rejects once the stream is closed. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says that nothing more will be written. */
  closeWrite(): Promise<void>;
  /** Ends it; whatever still waits on it rejects. */
  close(): void;
  /** Sends small pieces at once instead of waiting for more (TCP only). */
  setNoDelay?(noDelay?: boolean): void;
}

/** Where connections come from; `Deno.TcpListener` and `Deno.TlsListener` are such. */
export interface StreamListener {
  /** Waits for the next connection; rejects once the listener is closed, and when no descriptor is left. */
  accept(): Promise<ByteStream>;
  /** Stops listening. */
  close(): void;
}
