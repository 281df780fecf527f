/**
 * Lines as `bgpdump -m` prints them, one for each route, so that scripts written for that program keep working:
 *
 *     TABLE_DUMP2|time|B|peer|peer AS|prefix|[path id|]AS path|origin|next hop|local pref|MED|communities|AG or NAG|
 *       aggregator|                                                                             (one line)
 *     BGP4MP|time|A|…the same…
 *     BGP4MP|time|W|peer|peer AS|prefix[|path id]
 *     BGP4MP|time|STATE|peer|peer AS|from|to
 *
 * The first field is the type of the record: TABLE_DUMP, TABLE_DUMP2, BGP4MP, BGP4MP_ET, or BGP in files from before
 * 2001.
 *
 * Where a route has no local pref or MED, the field is 0; other missing values are empty.
 */

import {
  type AttributeSet,
  type CodecCursor,
  decodeAttributeSet,
  type Fault,
  formatAsPath,
  formatCommunity,
  formatDestination,
  formatNextHop,
  type NlriCursor,
  originName,
} from "../message/mod.ts";
import { equalOctets, type FamilyId, formatAddress, formatIpv4Number, isIpv4 } from "../types/mod.ts";
import type { MrtEntry, MrtMessage, MrtPeer, MrtStateChange } from "./item.ts";
import type { RouteSink } from "./route_reader.ts";

/** At most so many texts of attribute sets are cached. */
const mostTexts = 20_000;

/** Writes one line for each route of an item; a {@link RouteSink}. */
export class LineWriter implements RouteSink {
  readonly #write: (line: string) => void;
  readonly #fault: (fault: Fault) => void;
  readonly #texts = new Map<number, { set: Uint8Array; text: string }>();
  #format = "";
  #time = "";
  #letter = "A";
  #peer = "";

  /** `fault` receives the faults of items. */
  constructor(write: (line: string) => void, fault: (fault: Fault) => void) {
    this.#write = write;
    this.#fault = fault;
  }

  /** Call it before the routes of an item. */
  begin(item: MrtEntry | MrtMessage): void {
    const isEntry = item.kind === "entry";
    this.#format = item.format;
    this.#time = formatTime(item.time, item.format);
    this.#letter = isEntry ? "B" : "A";
    this.#peer = peerText(item.peer);
  }

  announce(family: FamilyId, cursor: NlriCursor, set: Uint8Array, hash: number): void {
    this.#write(`${this.#head(this.#letter, family, cursor)}|${this.#text(set, hash)}`);
  }

  withdraw(family: FamilyId, cursor: NlriCursor): void {
    this.#write(this.#head("W", family, cursor));
  }

  announceNlri(family: FamilyId, cursor: CodecCursor, set: Uint8Array): void {
    this.#write(`${this.#headOfNlri(this.#letter, family, cursor)}|${formatSet(decodeAttributeSet(set))}`);
  }

  withdrawNlri(family: FamilyId, cursor: CodecCursor): void {
    this.#write(this.#headOfNlri("W", family, cursor));
  }

  /** bgpdump has no line for it. */
  endOfRib(): void {}

  fault(fault: Fault): void {
    this.#fault(fault);
  }

  #head(letter: string, family: FamilyId, cursor: NlriCursor): string {
    return this.#headOf(letter, formatCursor(family, cursor), cursor.pathId);
  }

  /** bgpdump has no lines for these families: the destination is as in `show routes`. */
  #headOfNlri(letter: string, family: FamilyId, { key, pathId }: CodecCursor): string {
    return this.#headOf(letter, formatDestination(family, { key }), pathId);
  }

  #headOf(letter: string, destination: string, pathId: number): string {
    return pathId === -1
      ? `${this.#format}|${this.#time}|${letter}|${this.#peer}|${destination}`
      : `${this.#format}_AP|${this.#time}|${letter}|${this.#peer}|${destination}|${pathId}`;
  }

  #text(set: Uint8Array, hash: number): string {
    const known = this.#texts.get(hash);
    if (known !== undefined && equalOctets(known.set, set)) return known.text;
    const text = formatSet(decodeAttributeSet(set));
    if (this.#texts.size >= mostTexts) this.#texts.clear();
    this.#texts.set(hash, { set: set.slice(), text });
    return text;
  }
}

export function stateLine({ format, time, peer, from, to }: MrtStateChange): string {
  return `${format}|${formatTime(time, format)}|STATE|${peerText(peer)}|${from}|${to}`;
}

function peerText({ address, asn }: MrtPeer): string {
  return `${address}|${asn}`;
}

/** Seconds since 1970. */
function formatTime(time: number, format: string): string {
  if (format !== "BGP4MP_ET") return String(Math.floor(time / 1000));
  const microseconds = Math.round(time * 1000);
  return `${Math.floor(microseconds / 1e6)}.${String(microseconds % 1e6).padStart(6, "0")}`;
}

function formatSet(set: AttributeSet): string {
  // The link-local half of a next hop of 32 octets is not shown.
  const nextHop = set.nextHop === undefined ? "" : formatNextHop(set.nextHop.subarray(0, 16));
  const aggregator = set.aggregator;
  return [
    formatAsPath(set.asPath),
    set.origin === undefined ? "" : originName(set.origin).toUpperCase(),
    nextHop,
    set.localPref ?? 0,
    set.med ?? 0,
    set.communities.map(communityText).join(" "),
    set.atomicAggregate ? "AG" : "NAG",
    aggregator === undefined ? "" : `${aggregator.asn} ${formatIpv4Number(aggregator.address)}`,
    "",
  ].join("|");
}

/** bgpdump has names for three communities. */
function communityText(community: number): string {
  if (community === 0xffffff01) return "no-export";
  if (community === 0xffffff02) return "no-advertise";
  if (community === 0xffffff03) return "local-AS";
  return formatCommunity(community);
}

/** The prefix under the cursor: `"192.0.2.0/24"`. */
export function formatCursor(family: FamilyId, { w0, w1, w2, w3, length }: NlriCursor): string {
  if (isIpv4(family)) return `${formatIpv4Number(w0)}/${length}`;
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  view.setInt32(0, w0);
  view.setInt32(4, w1);
  view.setInt32(8, w2);
  view.setInt32(12, w3);
  return `${formatAddress(octets)}/${length}`;
}
