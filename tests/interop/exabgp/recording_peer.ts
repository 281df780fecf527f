/** A BGP speaker that accepts sessions, announces what the test says, and keeps what it receives. */
import {
  decodeOpen,
  emptyAttributeSet,
  encodeAttributeSet,
  encodeOpen,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  Framer,
  keepaliveMessage,
  MessageType,
  UpdateEncoder,
} from "../../../src/message/mod.ts";
import { families, familyByName, familyMask, parseAddress, parsePrefix } from "../../../src/types/mod.ts";
import { testContext, viewUpdate } from "../../support/update_view.ts";

export interface RecordingOptions {
  readonly port: number;
  readonly asn: number;
  /** In bgpd's words. */
  readonly families: readonly string[];
  /** An IPv4 prefix to announce in each session. */
  readonly announces?: string;
}

export class RecordingPeer {
  /** The routes of the session: the text of the attributes by family and destination. */
  readonly table = new Map<string, string>();
  /** Every announcement and withdraw, in order. */
  readonly changes: string[] = [];
  sessions = 0;
  /** When the last change came, in milliseconds. */
  lastChange = 0;
  readonly #options: RecordingOptions;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: options.port });
    void this.#accept();
  }

  get hasChanges(): boolean {
    return this.changes.length > 0;
  }

  close(): void {
    this.#listener.close();
    for (const connection of this.#connections) closed(connection);
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) void this.#serve(connection);
    } catch {
      // The listener is closed.
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    this.#connections.add(connection);
    const framer = new Framer();
    framer.maxLength = 65_535;
    const buffer = new Uint8Array(65_536);
    try {
      for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
        framer.push(buffer.subarray(0, count));
        for (let frame = framer.next(); frame?.kind === "message"; frame = framer.next()) {
          await this.#take(connection, frame.type, frame.bytes.slice());
        }
      }
    } catch {
      // The session is over.
    } finally {
      this.#connections.delete(connection);
      closed(connection);
      this.table.clear();
    }
  }

  async #take(connection: Deno.TcpConn, type: number, bytes: Uint8Array): Promise<void> {
    if (type === MessageType.open) {
      const open = decodeOpen(bytes);
      if (open.kind !== "open") throw new Error("no OPEN");
      await connection.write(this.#open());
      await connection.write(keepaliveMessage);
    } else if (type === MessageType.keepalive) {
      if (this.sessions < this.#openedSessions) await this.#begin(connection);
      await connection.write(keepaliveMessage);
    } else if (type === MessageType.update) this.#record(bytes);
    if (type === MessageType.open) this.#openedSessions++;
  }

  #openedSessions = 0;

  async #begin(connection: Deno.TcpConn): Promise<void> {
    this.sessions++;
    const { announces } = this.#options;
    if (announces !== undefined) await connection.write(announcementOf(announces));
  }

  #open(): Uint8Array {
    const { asn } = this.#options;
    const rows = this.#options.families.map((name) => familyByName(name)!);
    return encodeOpen({
      version: 4,
      asn,
      holdTimeSeconds: 90,
      routerId: 0x0909_0909,
      capabilities: [
        ...rows.map(({ afi, safi }) => ({ kind: "multiprotocol" as const, afi, safi })),
        { kind: "routeRefresh" },
        { kind: "fourOctetAs", asn },
      ],
    });
  }

  #record(bytes: Uint8Array): void {
    const { asn } = this.#options;
    const all = familyMask(families.map(({ id }) => id));
    const view = viewUpdate(bytes, testContext({ localAsn: asn, remoteAsn: asn, families: all }));
    for (const part of view.parts) {
      for (const { family, prefix, value } of part.announced) {
        const { attributes } = part;
        const text = [
          family === "ipv4 flowspec" ? "" : `next-hop ${part.nextHop}`,
          value === undefined || value.labels.length === 0 ? "" : `labels ${value.labels.map((label) => label >>> 4)}`,
          `origin ${attributes.origin}`,
          `path [${formatAsPath(attributes.asPath)}]`,
          `med ${attributes.med}`,
          `local-pref ${attributes.localPref}`,
          attributes.communities.map(formatCommunity).toSorted().join(" "),
          attributes.largeCommunities.map(formatLargeCommunity).toSorted().join(" "),
          attributes.extCommunities.map(formatExtCommunity).toSorted().join(" "),
        ].filter((each) => each !== "").join(" ");
        this.table.set(`${family} ${prefix}`, text);
        this.#changed(`+ ${family} ${prefix} ${text}`);
      }
    }
    for (const { family, prefix } of view.withdrawn) {
      this.table.delete(`${family} ${prefix}`);
      this.#changed(`- ${family} ${prefix}`);
    }
  }

  #changed(text: string): void {
    this.changes.push(text);
    this.lastChange = performance.now();
  }
}

function closed(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed before.
  }
}

function announcementOf(text: string): Uint8Array {
  const prefix = parsePrefix(text)!;
  const encoder = new UpdateEncoder(testContext());
  const wire = encodeAttributeSet({
    ...emptyAttributeSet(),
    origin: 0,
    localPref: 100,
    nextHop: parseAddress("127.0.0.1")!,
  });
  encoder.begin(wire, 1);
  encoder.add(new DataView(prefix.octets.buffer).getInt32(0), 0, 0, 0, prefix.length, -1);
  encoder.finish();
  return encoder.take();
}
