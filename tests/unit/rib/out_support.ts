/** Peers that read what a RIB tells them, for the tests of Adj-RIB-Out. */

import assert from "node:assert/strict";
import {
  type AttributeSet,
  CodecCursor,
  decodeAttributeSet,
  decodeRouteRefresh,
  formatAsPath,
  formatDestination,
  messageLength,
  MessageType,
  messageType,
  type NlriBlock,
  type NlriCodec,
  NlriCursor,
  UpdateScanner,
  withNlriValue,
} from "../../../src/message/mod.ts";
import type { Rib, RibOptions, RibPeer, RibSession } from "../../../src/rib/mod.ts";
import type { Negotiated } from "../../../src/session/mod.ts";
import { type FamilyId, type FamilyMask, formatPrefix, parseAddress } from "../../../src/types/mod.ts";
import { advertisedTo } from "../../support/advertised.ts";
import { announce, RibRig, v4, withdraw } from "./support.ts";

/** What one peer received: its table, and the messages in their order. */
export class Receiver {
  /** By `prefix` or `prefix#path`: the canonical set, as text. */
  readonly table = new Map<string, string>();
  readonly log: string[] = [];
  octets = 0;
  readonly #context: Negotiated;
  readonly #scanner: UpdateScanner;
  readonly #cursor = new NlriCursor();

  constructor(context: Negotiated) {
    this.#context = context;
    this.#scanner = new UpdateScanner({ ...context, addPathReceive: context.addPathSend, localAsn: context.remoteAsn });
  }

  read(bytes: Uint8Array): void {
    this.octets += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const end = at + messageLength(bytes, at);
      assert.ok(end <= bytes.length && end - at <= this.#context.maxMessageBytes, "whole messages within the limit");
      if (messageType(bytes, at) === MessageType.routeRefresh) {
        const refresh = decodeRouteRefresh(bytes.subarray(at, end));
        this.log.push(refresh.kind === "routeRefresh" ? `refresh ${refresh.afi} ${refresh.subtype}` : "?");
      } else this.#update(bytes, at, end);
      at = end;
    }
  }

  /** The attributes a prefix came with last. */
  attributes(key: string): AttributeSet | undefined {
    const text = this.table.get(key);
    return text === undefined ? undefined : decodeAttributeSet(Uint8Array.from(text.split(".").map(Number)));
  }

  path(key: string): string | undefined {
    const set = this.attributes(key);
    return set === undefined ? undefined : formatAsPath(set.asPath);
  }

  get keys(): string[] {
    return [...this.table.keys()].sort();
  }

  #update(bytes: Uint8Array, start: number, end: number): void {
    const scanner = this.#scanner;
    assert.equal(scanner.scan(bytes, start, end), "ok");
    if (scanner.endOfRib !== 0) this.log.push(`end ${scanner.endOfRib}`);
    for (const block of scanner.blocks.slice(0, scanner.blockCount)) {
      if (!block.withdraw) assert.equal(scanner.validate().kind, "accept", "what we send is sound");
      const set = scanner.setBytes.slice(0, scanner.setLength).join(".");
      if (block.codec !== undefined) {
        this.#readNlri(bytes, block, block.codec);
        continue;
      }
      const cursor = this.#cursor;
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      while (cursor.next()) {
        this.#take(block, keyOf(cursor, block.family), set);
      }
    }
  }

  #readNlri(bytes: Uint8Array, block: NlriBlock, codec: NlriCodec): void {
    const { family, start, end, addPath, withdraw } = block;
    const cursor = new CodecCursor();
    const base = this.#scanner.setBytes.slice(0, this.#scanner.setLength);
    cursor.reset(codec, bytes, start, end, addPath, withdraw);
    while (cursor.next()) {
      const text = formatDestination(family, { key: cursor.key });
      const set = withdraw ? base : withNlriValue(base, cursor.value);
      this.#take(block, cursor.pathId === -1 ? text : `${text}#${cursor.pathId}`, set.join("."));
    }
  }

  #take({ withdraw }: NlriBlock, key: string, set: string): void {
    this.log.push(withdraw ? `- ${key}` : `+ ${key}`);
    if (withdraw) this.table.delete(key);
    else this.table.set(key, set);
  }
}

function keyOf(cursor: NlriCursor, family: FamilyId): string {
  const view = new DataView(new ArrayBuffer(family === v4 ? 4 : 16));
  [cursor.w0, cursor.w1, cursor.w2, cursor.w3].slice(0, view.byteLength / 4)
    .forEach((word, i) => view.setInt32(4 * i, word));
  const text = formatPrefix({ octets: new Uint8Array(view.buffer), length: cursor.length });
  return cursor.pathId === -1 ? text : `${text}#${cursor.pathId}`;
}

/** A RIB with peers that announce routes to it and read what it advertises. */
export class Exchange {
  readonly receivers = new Map<number, Receiver>();
  readonly contexts = new Map<number, Negotiated>();
  readonly #rig: RibRig;
  readonly #epochs = new Map<number, number>();

  constructor(options: Partial<RibOptions> = {}) {
    this.#rig = new RibRig(options);
  }

  get rib(): Rib {
    return this.#rig.rib;
  }

  get now(): number {
    return this.#rig.now;
  }

  set now(now: number) {
    this.#rig.now = now;
  }

  /**
   * A session: external by default, over IPv4, of AS 65000 + id; of the families of `keep` the retained routes stay.
   */
  up(
    id: number,
    peer: Partial<RibPeer> = {},
    context: Partial<Negotiated> = {},
    session: Partial<RibSession> = {},
    keep: FamilyMask = 0,
  ): Receiver {
    const address = Uint8Array.of(192, 0, 2, id);
    const epoch = (this.#epochs.get(id) ?? 0) + 1;
    this.#epochs.set(id, epoch);
    const agreed = this.#rig.open(id, {
      epoch,
      peer: { address, ...peer },
      negotiated: { remoteAsn: context.internal === true ? 65000 : 65000 + id, ...context },
      session: {
        localAddress: Uint8Array.of(192, 0, 2, 100),
        localAddressV6: parseAddress("2001:db8::100")!,
        remoteAddress: address,
        ...session,
      },
      keep,
    });
    this.contexts.set(id, agreed);
    const receiver = new Receiver(agreed);
    this.receivers.set(id, receiver);
    this.rib.decide();
    return receiver;
  }

  /** Of the last session of the peer; its first one has epoch 1. */
  epochOf(id: number): number {
    return this.#epochs.get(id)!;
  }

  down(id: number, retain: FamilyMask = 0): void {
    this.#rig.down(id, retain);
    this.receivers.delete(id);
    this.rib.decide();
  }

  announce(id: number, wire: Uint8Array, ...prefixes: string[]): void {
    this.send(id, announce(this.contexts.get(id)!, wire, ...prefixes));
  }

  withdraw(id: number, ...prefixes: string[]): void {
    this.send(id, withdraw(this.contexts.get(id)!, ...prefixes));
  }

  send(id: number, bytes: Uint8Array): void {
    const facts = this.rib.ingest(id, this.epochOf(id), bytes);
    assert.deepEqual(facts.filter(({ kind }) => kind === "fault" || kind === "sessionReset"), []);
    this.rib.decide();
  }

  /** One pull; false where there was nothing. */
  pull(id: number, limit = 65536): boolean {
    const bytes = this.rib.pull(id, this.epochOf(id), limit);
    if (bytes !== undefined) this.receivers.get(id)!.read(bytes);
    return bytes !== undefined;
  }

  /** Everybody reads until there is nothing left. */
  settle(): void {
    for (const id of this.receivers.keys()) {
      for (let i = 0; this.pull(id); i++) assert.ok(i < 10_000, "it comes to an end");
      assert.ok(!this.rib.hasOutput(id));
    }
  }

  /** What the RIB says the peer holds. */
  advertised(id: number): Map<string, string> {
    const table = new Map<string, string>();
    for (const route of advertisedTo(this.rib, id)) {
      const text = formatDestination(route.family, route);
      table.set(route.pathId === -1 ? text : `${text}#${route.pathId}`, route.wire.join("."));
    }
    return table;
  }
}
