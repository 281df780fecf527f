/**
 * The project's own MRT files, one for each kind of record, each with the lines that `bgpdump -m` prints for it. The
 * files and the lines are made from the same facts in different ways, so that a test needs neither other files nor
 * bgpdump.
 */
import { collector, isIpv6, oldPeers, type PeerFacts, peers, prefixOf, routeOf } from "./facts.ts";
import {
  addressOctets,
  attributeOctets,
  bgpMessage,
  Octets,
  prefixOctets,
  recordOctets,
  routeFields,
} from "./octets.ts";

export interface MrtFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** In the order of `bgpdump -m`. */
  readonly lines: readonly string[];
  /** False where bgpdump prints nothing for the records of this kind, though RFC 6396 has them. */
  readonly bgpdumpReads: boolean;
}

/** Grows by records and by the lines that stand for them. */
class FileBuilder {
  readonly #records: Uint8Array[] = [];
  readonly #lines: string[] = [];

  add(record: Uint8Array, ...lines: readonly string[]): void {
    this.#records.push(record);
    this.#lines.push(...lines);
  }

  file(name: string, bgpdumpReads = true): MrtFile {
    const bytes = new Uint8Array(this.#records.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const record of this.#records) {
      bytes.set(record, at);
      at += record.length;
    }
    return { name, bytes, lines: this.#lines, bgpdumpReads };
  }
}

const tableTime = 1_700_000_000;

/** Prefixes of a table; a file of updates has a third of them for each peer. */
const usualSize = 120;

/** TABLE_DUMP (RFC 6396 §4.2): one route a record, ASNs of two octets. */
export function tableDump(isV6: boolean, size = usualSize): MrtFile {
  const file = new FileBuilder();
  for (let n = 0; n < size; n++) {
    for (const [i, peer] of oldPeers.filter(({ address }) => isIpv6(address) === isV6).entries()) {
      const route = routeOf(peer, n, { isV6, asnBytes: 2 });
      const [address = "", length] = route.prefix.split("/");
      const nlri = prefixOctets(route.prefix);
      const body = new Octets().u16(0, n * 2 + i).add(addressOctets(address)).u8(Number(length), 1)
        .u32(tableTime - n).add(addressOctets(peer.address)).u16(peer.asn)
        .counted(2, attributeOctets(route, 2, isV6 ? { safi: 1, nlri } : "none"));
      const head = `TABLE_DUMP|${tableTime}|B|${peer.address}|${peer.asn}|${route.prefix}`;
      file.add(recordOctets(tableTime, 12, isV6 ? 2 : 1, body), `${head}|${routeFields(route)}`);
    }
  }
  return file.file(`table_dump_ipv${isV6 ? 6 : 4}`);
}

/** PEER_INDEX_TABLE (§4.3.1). */
function peerIndexTable(): Uint8Array {
  const body = new Octets().u32(0xc00002fe).counted(2, new Octets()).u16(peers.length);
  for (const { address, asn } of peers) {
    const isWide = asn > 65535;
    body.u8((isIpv6(address) ? 1 : 0) + (isWide ? 2 : 0)).u32(0xc0000200 + asn % 256).add(addressOctets(address));
    if (isWide) body.u32(asn);
    else body.u16(asn);
  }
  return recordOctets(tableTime, 13, 1, body);
}

interface TableOptions {
  readonly isV6: boolean;
  readonly isMulticast: boolean;
  readonly addPath: boolean;
  /** RIB_GENERIC (§4.3.3), which names its family itself. */
  readonly isGeneric?: boolean;
  readonly size?: number;
}

/** TABLE_DUMP_V2 (§4.3, RFC 8050 §4): one prefix a record with the routes of all peers. */
export function tableDumpV2(options: TableOptions): MrtFile {
  const { isV6, isMulticast, addPath, isGeneric = false, size = usualSize } = options;
  const file = new FileBuilder();
  file.add(peerIndexTable());
  const plain = isGeneric ? 6 : 2 + (isMulticast ? 1 : 0) + (isV6 ? 2 : 0);
  const format = addPath ? "TABLE_DUMP2_AP" : "TABLE_DUMP2";
  for (let n = 0; n < size; n++) {
    const entries = new Octets();
    const lines: string[] = [];
    let count = 0;
    for (const [index, peer] of peers.entries()) {
      for (const pathId of addPath ? [1, 70_000 + index] : [undefined]) {
        // Not every peer has every prefix.
        if ((n + index) % 4 === 3) continue;
        const route = routeOf(peer, n + (pathId ?? 0) * 7, { isV6, asnBytes: 4 });
        count++;
        entries.u16(index).u32(tableTime - n);
        if (pathId !== undefined) entries.u32(pathId);
        entries.counted(2, attributeOctets(route, 4, "next hop only"));
        const path = pathId === undefined ? "" : `|${pathId}`;
        const head = `${format}|${tableTime}|B|${peer.address}|${peer.asn}|${prefixOf(isV6, n)}${path}`;
        lines.push(`${head}|${routeFields(route)}`);
      }
    }
    const body = new Octets().u32(n);
    if (isGeneric) body.u16(isV6 ? 2 : 1).u8(isMulticast ? 2 : 1);
    body.add(prefixOctets(prefixOf(isV6, n))).u16(count).add(entries.bytes);
    file.add(recordOctets(tableTime, 13, plain + (addPath ? 6 : 0), body), ...lines);
  }
  const words = ["table_dump_v2", `ipv${isV6 ? 6 : 4}`, isMulticast && "multicast", addPath && "add_path"];
  const name = [...words, isGeneric && "generic"].filter((word) => word !== false).join("_");
  return file.file(name, !isMulticast && !isGeneric);
}

interface UpdatesOptions {
  readonly asnBytes: 2 | 4;
  readonly addPath: boolean;
  /** BGP4MP_ET (§3): times have microseconds. */
  readonly extendedTime?: boolean;
  readonly size?: number;
}

/** BGP4MP (§4.4, RFC 8050 §3): state changes, OPENs, announcements and withdrawals of all peers. */
export function updates(options: UpdatesOptions): MrtFile {
  const { asnBytes, addPath, extendedTime = false, size = usualSize } = options;
  const file = new FileBuilder();
  const format = extendedTime ? "BGP4MP_ET" : "BGP4MP";
  let clock = 0;
  const record = (
    peer: PeerFacts,
    subtype: number,
    rest: Octets,
    lines: (head: (letter: string) => string) => string[],
  ) => {
    const [time, microseconds] = [tableTime + ++clock, clock * 1001 % 1_000_000];
    const ends = new Octets();
    if (asnBytes === 4) ends.u32(peer.asn, collector.asn);
    else ends.u16(peer.asn, collector.asn);
    const isV6 = isIpv6(peer.address);
    ends.u16(0, isV6 ? 2 : 1).add(addressOctets(peer.address))
      .add(addressOctets(isV6 ? "2001:db8:ffff::254" : collector.address));
    const stamp = extendedTime ? `${time}.${String(microseconds).padStart(6, "0")}` : String(time);
    const octets = recordOctets(
      time,
      extendedTime ? 17 : 16,
      subtype,
      ends.add(rest.bytes),
      extendedTime ? microseconds : undefined,
    );
    file.add(octets, ...lines((letter) => `${format}|${stamp}|${letter}|${peer.address}|${peer.asn}`));
  };
  const isOld = asnBytes === 2;
  const message = (isOld ? 1 : 4) + (addPath ? (isOld ? 7 : 5) : 0);
  for (const peer of isOld ? oldPeers : peers) {
    const state = (from: number, to: number) =>
      record(peer, isOld ? 0 : 5, new Octets().u16(from, to), (head) => [`${head("STATE")}|${from}|${to}`]);
    const send = (type: number, body: Octets) => record(peer, message, bgpMessage(type, body), () => []);
    state(1, 3);
    send(1, new Octets().u8(4).u16(isOld ? peer.asn : 23456, 90).u32(0x0a000001).u8(0));
    send(4, new Octets());
    state(5, 6);
    for (let n = 0; n < size / 3; n++) announcements(peer, n, options, message, record);
    if (peer.asn % 2 === 0) state(6, 1);
  }
  const words = ["updates", `${asnBytes}_octets`, addPath && "add_path", extendedTime && "extended_time"];
  return file.file(words.filter((word) => word !== false).join("_"));
}

type AddRecord = (
  peer: PeerFacts,
  subtype: number,
  rest: Octets,
  lines: (head: (letter: string) => string) => string[],
) => void;

/** An announcement of two prefixes with the same attributes; every third time one of them is withdrawn again. */
function announcements(peer: PeerFacts, n: number, options: UpdatesOptions, subtype: number, record: AddRecord): void {
  const { asnBytes, addPath } = options;
  const isV6 = isIpv6(peer.address);
  const route = routeOf(peer, n * 2, { isV6, asnBytes });
  const pathIds = addPath ? [n % 3, 4_000_000_000 + n] : [undefined, undefined];
  const routes = [0, 1].map((i) => ({ prefix: prefixOf(isV6, n * 2 + i), pathId: pathIds[i] }));
  const nlri = (list: typeof routes) => {
    const octets = new Octets();
    for (const { prefix, pathId } of list) {
      (pathId === undefined ? octets : octets.u32(pathId)).add(prefixOctets(prefix));
    }
    return octets;
  };
  const place = ({ prefix, pathId }: typeof routes[number]) => pathId === undefined ? prefix : `${prefix}|${pathId}`;
  const withFormat = (head: string) => addPath ? head.replace("|", "_AP|") : head;
  const reach = isV6 ? { safi: 1, nlri: nlri(routes).bytes } : "none" as const;
  const announce = new Octets().u16(0).counted(2, attributeOctets(route, asnBytes, reach));
  if (!isV6) announce.add(nlri(routes).bytes);
  record(
    peer,
    subtype,
    bgpMessage(2, announce),
    (head) => routes.map((each) => `${withFormat(head("A"))}|${place(each)}|${routeFields(route)}`),
  );
  if (n % 3 !== 0) return;
  const gone = routes.slice(1);
  const withdraw = isV6
    ? new Octets().u16(0).counted(
      2,
      new Octets().u8(0x80, 15).counted(1, new Octets().u16(2).u8(1).add(nlri(gone).bytes)),
    )
    : new Octets().counted(2, nlri(gone)).u16(0);
  record(
    peer,
    subtype,
    bgpMessage(2, withdraw),
    (head) => gone.map((each) => `${withFormat(head("W"))}|${place(each)}`),
  );
}

/** One file for each kind of record. */
export function ownMrtFiles(size = usualSize): MrtFile[] {
  const kinds = [false, true];
  return [
    ...kinds.map((isV6) => tableDump(isV6, size)),
    ...kinds.flatMap((isV6) =>
      kinds.flatMap((isMulticast) => kinds.map((addPath) => tableDumpV2({ isV6, isMulticast, addPath, size })))
    ),
    tableDumpV2({ isV6: false, isMulticast: false, addPath: false, isGeneric: true, size }),
    tableDumpV2({ isV6: true, isMulticast: false, addPath: true, isGeneric: true, size }),
    updates({ asnBytes: 2, addPath: false, size }),
    updates({ asnBytes: 2, addPath: true, size }),
    updates({ asnBytes: 4, addPath: false, size }),
    updates({ asnBytes: 4, addPath: true, size }),
    updates({ asnBytes: 4, addPath: false, extendedTime: true, size }),
  ];
}
