/** The state of one router's connection: its octets in, events out. */

import { decodeOpen, mergeRepeats, type Open, type UpdateContext } from "../../message/mod.ts";
import { equalOctets, formatAddress, printable, readUint16 } from "../../types/mod.ts";
import { BmpDownReason, BmpInfo, BmpPeerType, BmpTerminationInfo } from "../code_points.ts";
import { decodeBmp, readTlvs } from "../decode.ts";
import { BmpFramer } from "../framer.ts";
import type { BmpFault, BmpMessage, BmpPeer, BmpPeerDown, BmpPeerUp, BmpRouteMonitoring, BmpTlv } from "../message.ts";
import type { StationEvent, StationPeer } from "./events.ts";
import { contextOfPeer } from "./peer_context.ts";

/** More peers than this are skipped: the memory for one router stays bounded. */
export const mostStationPeers = 10_000;

/** Of all Peer Ups of one Loc-RIB. */
const mostCapabilities = 256;

/** A text of a router is cut to this many characters. */
const longestText = 1_000;

/** Push octets, then take events until there is none. */
export class Station {
  readonly #framer = new BmpFramer();
  readonly #peers = new Map<string, StationPeer>();
  readonly #contexts = new Map<StationPeer, Map<string, UpdateContext>>();
  /** A message can have two events: a peer that comes up again goes down first. */
  #pending: StationEvent | undefined;
  #initiated = false;
  #ended = false;

  /** The peers that are up. */
  get peers(): Iterable<StationPeer> {
    return this.#peers.values();
  }

  push(chunk: Uint8Array): void {
    if (!this.#ended) this.#framer.push(chunk);
  }

  next(): StationEvent | undefined {
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#pending = undefined;
      return pending;
    }
    if (this.#ended) return undefined;
    const frame = this.#framer.next();
    if (frame === undefined) return undefined;
    if (frame.kind === "broken") return this.#end(`the octets are no BMP: ${frame.text}`);
    const message = withLocRib(decodeBmp(frame.bytes));
    // RFC 7854 §3.3: "The router MUST send an Initiation message" before anything else.
    if (!this.#initiated && message.kind !== "initiation") return this.#end("the first message is no Initiation");
    return message.kind === "fault" ? skipped(message.text) : this.#handle(message);
  }

  #handle(message: BmpMessage): StationEvent {
    switch (message.kind) {
      case "initiation":
        this.#initiated = true;
        return initiation(message.information);
      case "termination":
        return this.#end(terminationText(message.information));
      case "peerUp":
        return this.#peerUp(message);
      case "peerDown":
        return this.#peerDown(message);
    }
    const peer = this.#peers.get(peerKey(message.peer));
    if (peer === undefined) {
      if (message.peer.type === BmpPeerType.locRib) return this.#unannounced(message);
      return skipped(`${message.kind} for ${peerKey(message.peer)}, which is not up`);
    }
    if (message.kind === "routeMonitoring") return this.#update(peer, message);
    return message.kind === "statistics"
      ? { kind: "statistics", peer, statistics: message.statistics }
      : { kind: "mirror", peer, items: message.items };
  }

  #peerUp(message: BmpPeerUp): StationEvent {
    const key = peerKey(message.peer), old = this.#peers.get(key);
    const sent = openOf(message.sentOpen, message.peer), received = openOf(message.receivedOpen, message.peer);
    if (sent === undefined || received === undefined) return skipped(`Peer Up of ${key} holds a malformed OPEN`);
    if (old === undefined && this.#peers.size >= mostStationPeers) {
      return skipped(`Peer Up of ${key}: the router has more than ${mostStationPeers} peers`);
    }
    const tableName = textOf(message.information, BmpInfo.vrfName);
    const peer: StationPeer = {
      key,
      up: {
        ...message,
        sentOpen: message.sentOpen.slice(),
        receivedOpen: message.receivedOpen.slice(),
        information: [],
      },
      sent,
      received,
      ...tableName === "" ? {} : { tableName },
    };
    // Some routers send a Peer Up for each RIB kind of one session: its peer stays.
    if (old !== undefined && sameSession(old.up, peer.up)) return { kind: "peerUp", peer: old };
    if (old !== undefined && message.peer.type === BmpPeerType.locRib) return this.#moreFamilies(old, peer);
    this.#peers.set(key, peer);
    if (old === undefined) return { kind: "peerUp", peer };
    this.#contexts.delete(old);
    this.#pending = { kind: "peerUp", peer };
    return { kind: "peerDown", peer: old, data: new Uint8Array(0), text: "" };
  }

  /** A Loc-RIB needs no session, and some routers never say Peer Up of it. */
  #unannounced(message: BmpMessage & { readonly peer: BmpPeer }): StationEvent {
    const none = new Uint8Array(0), { peer } = message;
    const up: BmpPeerUp = {
      kind: "peerUp",
      peer,
      localAddress: new Uint8Array(4),
      localPort: 0,
      remotePort: 0,
      sentOpen: none,
      receivedOpen: none,
      information: [],
    };
    const event = this.#peerUp(up);
    if (event.kind === "peerUp") this.#pending = this.#handle(message);
    return event;
  }

  /** A Loc-RIB has no session that could end: some routers send a Peer Up for each of its families. */
  #moreFamilies(old: StationPeer, added: StationPeer): StationEvent {
    const peer = { ...old, sent: joined(old.sent, added.sent), received: joined(old.received, added.received) };
    this.#peers.set(old.key, peer);
    this.#contexts.delete(old);
    return { kind: "peerUp", peer };
  }

  #peerDown(message: BmpPeerDown): StationEvent {
    const key = peerKey(message.peer), peer = this.#peers.get(key);
    // Some routers begin with a Peer Down of each peer that has no session.
    if (peer === undefined) return { ...skipped(`Peer Down of ${key}, which is not up`), isUsual: true };
    this.#peers.delete(key);
    this.#contexts.delete(peer);
    const { reason, data } = message;
    // RFC 9069 §5.3: the peer is down in any case, whatever the TLVs are.
    const information = reason === BmpDownReason.localSystem ? readTlvs(data, 0) ?? [] : [];
    return { kind: "peerDown", peer, reason, data, text: textOf(information, BmpInfo.text) };
  }

  #update(peer: StationPeer, { peer: header, update }: BmpRouteMonitoring): StationEvent {
    const { ribKind, twoOctetAsPath } = header;
    const ofPeer = this.#contexts.get(peer) ?? new Map<string, UpdateContext>();
    this.#contexts.set(peer, ofPeer);
    const form = twoOctetAsPath ? `${ribKind}/2` : ribKind;
    const context = ofPeer.get(form) ?? contextOfPeer(peer.sent, peer.received, ribKind, twoOctetAsPath);
    ofPeer.set(form, context);
    return { kind: "update", peer, ribKind, context, header, bytes: update };
  }

  #end(text: string): StationEvent {
    this.#ended = true;
    return { kind: "end", text };
  }
}

/**
 * Some routers say Peer Up of their Loc-RIB, and report some of its routes, with the type of a plain peer and an
 * address of zeros, which no peer has.
 */
function withLocRib<M extends BmpMessage | BmpFault>(message: M): M {
  if (!("peer" in message) || message.peer.type !== BmpPeerType.global) return message;
  if (message.peer.address.some((octet) => octet !== 0)) return message;
  return { ...message, peer: { ...message.peer, type: BmpPeerType.locRib, ribKind: "loc" } };
}

/**
 * The OPENs of a Loc-RIB are made up (RFC 9069 §5.2), and those of some routers are wrong, such as with AS 0.
 * `undefined`: the OPEN of a session is malformed.
 */
function openOf(bytes: Uint8Array, { type, asn, bgpId }: BmpPeer): Open | undefined {
  const result = decodeOpen(bytes);
  if (result.kind === "open") return result.open;
  if (type !== BmpPeerType.locRib) return undefined;
  return { version: 4, asn, holdTimeSeconds: 0, routerId: bgpId, capabilities: [] };
}

function skipped(text: string): StationEvent & { readonly kind: "skipped" } {
  return { kind: "skipped", text };
}

/** An OPEN with the capabilities of both. The number of them stays bounded, whatever the router sends. */
function joined(old: Open, added: Open): Open {
  return {
    ...added,
    capabilities: mergeRepeats([...old.capabilities, ...added.capabilities]).slice(0, mostCapabilities),
  };
}

/** Peer type, distinguisher and address; the AS and the BGP Identifier follow from the OPENs. */
function peerKey({ type, distinguisher, address }: BmpPeer): string {
  return `${type}/${distinguisher}/${formatAddress(address)}`;
}

function sameSession(a: BmpPeerUp, b: BmpPeerUp): boolean {
  return a.localPort === b.localPort && a.remotePort === b.remotePort && equalOctets(a.sentOpen, b.sentOpen) &&
    equalOctets(a.receivedOpen, b.receivedOpen);
}

function initiation(information: readonly BmpTlv[]): StationEvent {
  return {
    kind: "initiation",
    name: textOf(information, BmpInfo.sysName),
    description: textOf(information, BmpInfo.sysDescr),
    text: textOf(information, BmpInfo.text),
  };
}

const terminationReasons = [
  "it closed the session for administrative reasons",
  "it gave no reason",
  "it is out of resources",
  "it has another connection to this station",
  "it closed the session for good",
] as const;

function terminationText(information: readonly BmpTlv[]): string {
  const reason = information.find(({ type, value }) => type === BmpTerminationInfo.reason && value.length === 2);
  const code = reason === undefined ? 1 : readUint16(reason.value, 0);
  const text = textOf(information, BmpTerminationInfo.text);
  return `the router ended the connection: ${terminationReasons[code] ?? `reason ${code}`}${text && `: ${text}`}`;
}

/** All texts of this type, fit for a log line. */
function textOf(information: readonly BmpTlv[], type: number): string {
  const texts = information.filter((tlv) => tlv.type === type).map(({ value }) =>
    new TextDecoder().decode(value.subarray(0, longestText))
  );
  return printable(texts.join(" ").slice(0, longestText));
}
