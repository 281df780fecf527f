/**
 * A session of the bench with a daemon. It opens the session, keeps it alive, counts what is late, and gives UPDATEs to
 * a callback.
 */

import { checkHeader, encodeNotification, encodeOpen, keepaliveMessage, MessageType } from "../../src/message/mod.ts";
import { parseIpv4Number } from "../../src/types/mod.ts";
import { type Connection, dial } from "../../src/transport/mod.ts";

export interface SessionOptions {
  readonly local: string;
  readonly address: string;
  readonly port: number;
  readonly asn: number;
  readonly holdTimeSeconds: number;
  /** For what it receives. */
  readonly bufferBytes: number;
}

/** Milliseconds, the same in every thread of this process. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}

export class Session {
  /** Called for each UPDATE at [start, end), with the time the octets came. */
  onUpdate: (bytes: Uint8Array, start: number, end: number, at: number) => void = () => {};
  /** Called after the messages of one read. */
  onChunk: () => void = () => {};
  /** The longest time between two messages of the daemon, milliseconds: where it has nothing to say, KEEPALIVEs. */
  longestSilence = 0;
  /** Resolves with a reason when the session is over. */
  readonly ended: Promise<string>;
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #established = Promise.withResolvers<void>();
  #filled = 0;
  #heardAt = 0;
  #keepalives: ReturnType<typeof setInterval> | undefined;
  #negotiatedHold = 0;
  #farewell: string | undefined;

  private constructor(options: SessionOptions, connection: Connection) {
    this.#options = options;
    this.#buffer = new Uint8Array(options.bufferBytes);
    this.#connection = connection;
    this.ended = this.#run();
  }

  static async open(options: SessionOptions): Promise<Session> {
    const { local, address, port, asn, holdTimeSeconds } = options;
    const session = new Session(options, await dial({ address, port, localAddress: local, timeoutMs: 10_000 }));
    session.write(encodeOpen({
      version: 4,
      asn,
      holdTimeSeconds,
      routerId: parseIpv4Number(local)!,
      capabilities: [
        { kind: "multiprotocol", afi: 1, safi: 1 },
        { kind: "multiprotocol", afi: 2, safi: 1 },
        { kind: "routeRefresh" },
        { kind: "fourOctetAs", asn },
      ],
    })).catch(() => {});
    const lost = session.ended.then((reason) => Promise.reject(new Error(`no session with ${address}: ${reason}`)));
    lost.catch(() => {});
    await Promise.race([session.#established.promise, lost]);
    return session;
  }

  /** Resolves when the kernel took it. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#connection.write(bytes);
  }

  /** Cease / Administrative Shutdown, and the end of the connection. */
  async close(): Promise<void> {
    clearInterval(this.#keepalives);
    this.write(encodeNotification({ code: 6, subcode: 2, data: new Uint8Array(0) })).catch(() => {});
    this.#connection.close();
    await this.#connection.closed;
  }

  /** KEEPALIVEs come three times in a hold time: by how much the latest came after its time, milliseconds. */
  get latestKeepaliveMs(): number {
    return this.#negotiatedHold === 0 ? 0 : Math.max(0, this.longestSilence - this.#negotiatedHold * 1000 / 3);
  }

  async #run(): Promise<string> {
    let reason = "connection closed";
    try {
      for (;;) {
        const count = await this.#connection.read(this.#buffer.subarray(this.#filled));
        if (count === null) break;
        this.#filled += count;
        this.#consume();
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    clearInterval(this.#keepalives);
    return this.#farewell ?? reason;
  }

  #consume(): void {
    const at = clock();
    const bytes = this.#buffer;
    let start = 0;
    while (this.#filled - start >= 19) {
      if (checkHeader(bytes, start, 4096) !== undefined) throw new Error("a broken message from the daemon");
      const end = start + (bytes[start + 16]! << 8 | bytes[start + 17]!);
      if (end > this.#filled) break;
      this.#message(bytes[start + 18]!, start, end, at);
      start = end;
    }
    if (start === 0) return;
    if (this.#heardAt > 0) this.longestSilence = Math.max(this.longestSilence, at - this.#heardAt);
    this.#heardAt = at;
    bytes.copyWithin(0, start, this.#filled);
    this.#filled -= start;
    this.onChunk();
  }

  #message(type: number, start: number, end: number, at: number): void {
    const bytes = this.#buffer;
    if (type === MessageType.update) this.onUpdate(bytes, start, end, at);
    else if (type === MessageType.open) this.#opened(bytes[start + 22]! << 8 | bytes[start + 23]!);
    else if (type === MessageType.keepalive) this.#established.resolve();
    else if (type === MessageType.notification) {
      this.#farewell = `NOTIFICATION ${bytes[start + 19]}/${bytes[start + 20]}`;
    }
  }

  #opened(holdTimeSeconds: number): void {
    this.#negotiatedHold = Math.min(holdTimeSeconds, this.#options.holdTimeSeconds);
    const send = () => void this.write(keepaliveMessage).catch(() => {});
    send();
    if (this.#negotiatedHold > 0) this.#keepalives = setInterval(send, this.#negotiatedHold * 1000 / 3);
  }
}
