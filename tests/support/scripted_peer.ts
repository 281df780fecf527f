/** A small BGP speaker over a real socket. It sends what the test tells it to, right or wrong. */
import {
  type Capability,
  decodeNotification,
  emptyAttributeSet,
  encodeAttributeSet,
  encodeOpen,
  Framer,
  keepaliveMessage,
  MessageType,
  type UpdateContext,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { type Connection, dial } from "../../src/transport/mod.ts";
import { patienceMs, sleep } from "./wait.ts";

export interface ScriptedPeerOptions {
  readonly local: string;
  readonly address: string;
  readonly port: number;
  readonly asn: number;
  readonly routerId?: number;
  readonly holdTimeSeconds?: number;
  /** How often it sends a KEEPALIVE once the session is up; without it, never by itself. */
  readonly keepaliveMs?: number;
  /** Beside both families of unicast and four-octet ASNs. */
  readonly capabilities?: readonly Capability[];
}

export class ScriptedPeer {
  readonly received: { type: number; bytes: Uint8Array }[] = [];
  readonly #connection: Connection;
  readonly #options: ScriptedPeerOptions;
  readonly #waiting: (() => void)[] = [];
  #ended = false;
  #keepalives: ReturnType<typeof setInterval> | undefined;

  constructor(connection: Connection, options: ScriptedPeerOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#read();
  }

  /** A connection and nothing else. */
  static async dial(options: ScriptedPeerOptions): Promise<ScriptedPeer> {
    const { local, address, port } = options;
    return new ScriptedPeer(await dial({ address, port, localAddress: local, timeoutMs: patienceMs }), options);
  }

  /** A session up to Established. */
  static async connect(options: ScriptedPeerOptions): Promise<ScriptedPeer> {
    const peer = await ScriptedPeer.dial(options);
    try {
      peer.write(peer.openMessage());
      await peer.message(MessageType.open);
      peer.write(keepaliveMessage);
      await peer.message(MessageType.keepalive);
    } catch (error) {
      peer.close();
      throw error;
    }
    const { keepaliveMs } = options;
    if (keepaliveMs !== undefined && !peer.#ended) {
      peer.#keepalives = setInterval(() => peer.write(keepaliveMessage), keepaliveMs);
    }
    return peer;
  }

  /** The connection is over. */
  get ended(): boolean {
    return this.#ended;
  }

  openMessage(): Uint8Array {
    const { asn, routerId = 0x0a000002, holdTimeSeconds = 90, capabilities = [] } = this.#options;
    return encodeOpen({
      version: 4,
      asn,
      holdTimeSeconds,
      routerId,
      capabilities: [
        { kind: "multiprotocol", afi: 1, safi: 1 },
        { kind: "multiprotocol", afi: 2, safi: 1 },
        { kind: "fourOctetAs", asn },
        ...capabilities,
      ],
    });
  }

  write(bytes: Uint8Array): void {
    this.#connection.write(bytes).catch(() => {});
  }

  announce(prefix: string): void {
    this.write(this.announceMessage(prefix));
  }

  /** Withdraws a prefix of IPv4. */
  withdraw(text: string): void {
    const { octets, length } = parsePrefix(text)!;
    const nlri = [length, ...octets.subarray(0, Math.ceil(length / 8))];
    const size = 23 + nlri.length;
    const head = [...Array<number>(16).fill(0xff), size >> 8, size & 0xff, MessageType.update];
    this.write(Uint8Array.of(...head, 0, nlri.length, ...nlri, 0, 0));
  }

  /** An UPDATE for one prefix, with ORIGIN first. */
  announceMessage(text: string): Uint8Array {
    const { asn, local } = this.#options;
    const prefix = parsePrefix(text)!;
    const context: UpdateContext = {
      internal: false,
      fourOctetAs: true,
      families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
      addPathReceive: 0,
      addPathSend: 0,
      extendedNextHop: 0,
      maxMessageBytes: 4096,
      localAsn: asn,
      remoteAsn: 0,
    };
    const wide = prefix.octets.length === 16;
    const wire = encodeAttributeSet({
      ...emptyAttributeSet(),
      origin: 0,
      asPath: [{ type: 2, asns: [asn] }],
      nextHop: parseAddress(wide ? "2001:db8::1" : local)!,
    });
    const encoder = new UpdateEncoder(context);
    encoder.begin(wire, wide ? IPV6_UNICAST : IPV4_UNICAST);
    const view = new DataView(prefix.octets.buffer, prefix.octets.byteOffset);
    const word = (i: number) => wide || i === 0 ? view.getInt32(i * 4) : 0;
    encoder.add(word(0), word(1), word(2), word(3), prefix.length, -1);
    encoder.finish();
    return encoder.take();
  }

  /** The first message of this type, as soon as it is there. */
  async message(type: number): Promise<Uint8Array> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const found = this.received.find((message) => message.type === type);
      if (found !== undefined) return found.bytes;
      if (this.#ended) throw new Error(`the connection ended without a message of type ${type}`);
      const leftMs = end - performance.now();
      if (leftMs <= 0) throw new Error(`waited without success for a message of type ${type}`);
      const limit = new AbortController();
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), sleep(leftMs, limit.signal)]);
      limit.abort();
    }
  }

  async notification(): Promise<{ code: number; subcode: number }> {
    const { code, subcode } = decodeNotification(await this.message(MessageType.notification));
    return { code, subcode };
  }

  close(): void {
    clearInterval(this.#keepalives);
    this.#connection.close();
  }

  async #read(): Promise<void> {
    const framer = new Framer();
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const count = await this.#connection.read(buffer);
        if (count === null) break;
        framer.push(buffer.subarray(0, count));
        for (let frame = framer.next(); frame?.kind === "message"; frame = framer.next()) {
          this.received.push({ type: frame.type, bytes: frame.bytes.slice() });
        }
        for (const wake of this.#waiting.splice(0)) wake();
      }
    } catch {
      // A reset ends it as a FIN does.
    }
    this.#ended = true;
    this.close();
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
