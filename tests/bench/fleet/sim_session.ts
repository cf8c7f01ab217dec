/** The server's side of one connection. */
import type { Answers } from "./answers.ts";
import { SAMPLES } from "./recording.ts";
import type { RecordedStatement } from "./recording.ts";
import type { SimCluster, SimServer } from "./sim_cluster.ts";
import {
  type ClientMessage,
  MessageReader,
  MessageWriter,
  readTexts,
  SSL_REQUEST,
  startupCode,
} from "./wire.ts";

/** What a session needs of its server. */
export interface SimPlace {
  /** The server. */
  readonly server: SimServer;
  /** Its cluster. */
  readonly cluster: SimCluster;
  /** Its answers. */
  readonly answers: Answers;
  /** What it reports at login. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Called when the exporter asks where the server is: by a sample or a collection. */
  readonly onAsked: (session: SimSession) => void;
  /** Called when a statement is not recorded. */
  readonly onUnknown: (message: string) => void;
}

const CANCEL_REQUEST = 80877102;
/** Messages of all sessions are made one after the other. */
const writer = new MessageWriter();

/** Reads requests and makes responses; who calls it sends them. */
export class SimSession {
  /** Whether the startup message has arrived. */
  hasStarted = false;
  /** Whether the client has ended it. */
  hasEnded = false;
  /** When the exporter last asked where the server is, monotonic seconds; null before the first time. */
  askedAt: number | null = null;
  readonly #place: SimPlace;
  readonly #reader = new MessageReader();
  readonly #prepared = new Map<string, RecordedStatement>();
  #bound: RecordedStatement | null = null;
  #hasFailed = false;

  /** Nothing has been received yet. */
  constructor(place: SimPlace) {
    this.#place = place;
  }

  /** Takes bytes; returns the response. */
  receive(bytes: Uint8Array, now: number): Uint8Array<ArrayBuffer> {
    for (const message of this.#reader.read(bytes)) {
      if (message.type === "") this.#start(message.body);
      else this.#take(message, now);
    }
    return writer.take();
  }

  #start(body: Uint8Array): void {
    const code = startupCode(body);
    // The answer to a request for TLS is a single letter, for "no".
    if (code === SSL_REQUEST) throw new Error("The fleet is to be reached without TLS: set sslmode=disable");
    if (code === CANCEL_REQUEST) {
      this.hasEnded = true;
      return;
    }
    this.hasStarted = true;
    writer.begin("R").int32(0).end();
    for (const [name, value] of Object.entries(this.#place.parameters)) {
      writer.begin("S").text(name).text(value).end();
    }
    writer.begin("K").int32(this.#place.server.senderPid).int32(1).end().ready();
  }

  #take({ type, body }: ClientMessage, now: number): void {
    if (type === "S") {
      this.#hasFailed = false;
      writer.ready();
      return;
    }
    if (this.#hasFailed) return;
    try {
      this.#run({ type, body }, now);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#place.onUnknown(message);
      this.#hasFailed = true;
      writer.error({ severity: "ERROR", code: "0A000", message });
    }
  }

  #run({ type, body }: ClientMessage, now: number): void {
    switch (type) {
      case "P": {
        const [name = "", sql = ""] = readTexts(body, 2);
        this.#prepared.set(name, this.#place.answers.find(sql));
        writer.emptyMessage("1");
        return;
      }
      case "D": {
        const [name = ""] = readTexts(body.subarray(1), 1);
        writer.begin("t").int16(0).end();
        writer.columns(this.#place.answers.columns(this.#statement(name)));
        return;
      }
      case "B": {
        const [, name = ""] = readTexts(body, 2);
        this.#bound = this.#statement(name);
        writer.emptyMessage("2");
        return;
      }
      case "E":
        return this.#execute(now);
      case "C":
        writer.emptyMessage("3");
        return;
      case "H":
        return;
      case "Q":
        return this.#simple(readTexts(body, 1)[0] ?? "");
      case "X":
        this.hasEnded = true;
        return;
    }
    throw new Error(`A client sent a message of type "${type}", which the simulator does not know`);
  }

  #statement(name: string): RecordedStatement {
    const found = this.#prepared.get(name);
    if (found === undefined) throw new Error(`Statement "${name}" is not prepared`);
    return found;
  }

  #execute(now: number): void {
    const statement = this.#bound;
    if (statement === null) throw new Error("No statement is bound");
    const { answers, cluster, server, onAsked } = this.#place;
    if (SAMPLES.has(statement.name) || statement.name === "server") onAsked(this);
    const { rows } = answers.answer(statement, { cluster, server, now });
    for (const row of rows) writer.row(row);
    writer.textMessage("C", `SELECT ${rows.length}`);
  }

  /** Settings, and `SELECT 1`: all that the exporter sends in a simple query. */
  #simple(sql: string): void {
    for (const part of sql.split(";").map((text) => text.trim()).filter((text) => text !== "")) {
      const [command = ""] = part.split(" ");
      if (part === "SELECT 1") {
        writer.columns(["?column?"]).row(["1"]).textMessage("C", "SELECT 1");
      } else if (command === "SET" || command === "RESET") writer.textMessage("C", command);
      else {
        const message = `The simulator does not know this simple query: ${part.slice(0, 200)}`;
        this.#place.onUnknown(message);
        writer.error({ severity: "ERROR", code: "0A000", message });
        break;
      }
    }
    writer.ready();
  }
}
