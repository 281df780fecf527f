/** The components of FlowSpec rules (RFC 8955 §4.2.2, RFC 8956 §3): one row each, with the words that people use. */

export const ComponentType = {
  destination: 1,
  source: 2,
  protocol: 3,
  port: 4,
  destinationPort: 5,
  sourcePort: 6,
  icmpType: 7,
  icmpCode: 8,
  tcpFlags: 9,
  packetLength: 10,
  dscp: 11,
  fragment: 12,
  flowLabel: 13,
} as const;

export interface RowOfComponent {
  readonly type: number;
  /** The word in a rule; the column in SQL has `_` for `-`. */
  readonly name: string;
  readonly form: "prefix" | "numeric" | "bitmask";
  /** Octets that a value may have on the wire. */
  readonly sizes: readonly number[];
  /** Octets of each value that people write in decimal or by name; 0: as few as the value needs. */
  readonly size: number;
  /** The greatest value that people can mean. */
  readonly max: number;
  /** What a value is, for messages. */
  readonly what: string;
  /** Words for values: of IPv4 and of IPv6. */
  readonly words: readonly [ReadonlyMap<string, number>, ReadonlyMap<string, number>];
  /** The words are printed, too; without it, they are only read. */
  readonly prints: boolean;
}

const numbers = [1, 2, 4, 8];
const none: ReadonlyMap<string, number> = new Map();

function words(...names: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  return new Map(names);
}

/** IANA's protocol numbers. The first word of a number is the one that is printed. */
const protocols = words(
  ["icmp", 1],
  ["igmp", 2],
  ["ipip", 4],
  ["tcp", 6],
  ["egp", 8],
  ["udp", 17],
  ["ipv6", 41],
  ["rsvp", 46],
  ["gre", 47],
  ["esp", 50],
  ["ah", 51],
  ["icmpv6", 58],
  ["ospf", 89],
  ["pim", 103],
  ["vrrp", 112],
  ["l2tp", 115],
  ["sctp", 132],
  ["udplite", 136],
  ["ipv6-icmp", 58],
);

const icmpTypes = words(
  ["echo-reply", 0],
  ["unreachable", 3],
  ["source-quench", 4],
  ["redirect", 5],
  ["echo-request", 8],
  ["router-advertisement", 9],
  ["router-solicit", 10],
  ["time-exceeded", 11],
  ["parameter-problem", 12],
  ["timestamp", 13],
  ["timestamp-reply", 14],
  ["info-request", 15],
  ["info-reply", 16],
  ["mask-request", 17],
  ["mask-reply", 18],
  ["traceroute", 30],
  ["experimental-mobility", 41],
  ["extended-echo-request", 42],
  ["extended-echo-reply", 43],
  ["experimental-one", 253],
  ["experimental-two", 254],
);

/** RFC 4443, RFC 4861, RFC 8335. */
const icmpV6Types = words(
  ["unreachable", 1],
  ["packet-too-big", 2],
  ["time-exceeded", 3],
  ["parameter-problem", 4],
  ["echo-request", 128],
  ["echo-reply", 129],
  ["router-solicit", 133],
  ["router-advertisement", 134],
  ["neighbor-solicit", 135],
  ["neighbor-advertisement", 136],
  ["redirect", 137],
  ["extended-echo-request", 160],
  ["extended-echo-reply", 161],
);

/** A code means something together with its type only, so rules print numbers. */
const icmpCodes = words(
  ["network-unreachable", 0],
  ["host-unreachable", 1],
  ["protocol-unreachable", 2],
  ["port-unreachable", 3],
  ["fragmentation-needed", 4],
  ["source-route-failed", 5],
  ["destination-network-unknown", 6],
  ["destination-host-unknown", 7],
  ["source-host-isolated", 8],
  ["destination-network-prohibited", 9],
  ["destination-host-prohibited", 10],
  ["network-unreachable-for-tos", 11],
  ["host-unreachable-for-tos", 12],
  ["communication-prohibited-by-filtering", 13],
  ["host-precedence-violation", 14],
  ["precedence-cutoff-in-effect", 15],
  ["redirect-for-network", 0],
  ["redirect-for-host", 1],
  ["redirect-for-tos-and-net", 2],
  ["redirect-for-tos-and-host", 3],
  ["ttl-eq-zero-during-transit", 0],
  ["ttl-eq-zero-during-reassembly", 1],
  ["required-option-missing", 1],
  ["ip-header-bad", 2],
);

/** Bits of the octets 13 and 14 of a TCP header. */
const tcpFlags = words(
  ["fin", 0x01],
  ["syn", 0x02],
  ["rst", 0x04],
  ["push", 0x08],
  ["ack", 0x10],
  ["urg", 0x20],
  ["ece", 0x40],
  ["cwr", 0x80],
  ["ns", 0x100],
  ["psh", 0x08],
  ["urgent", 0x20],
  ["reset", 0x04],
);

/** RFC 8955 §4.2.2.12. */
const fragments = words(
  ["not-a-fragment", 0],
  ["dont-fragment", 1],
  ["is-fragment", 2],
  ["first-fragment", 4],
  ["last-fragment", 8],
);

/** RFC 8956 §3.6: no packet of IPv6 has the bit. */
const fragmentsV6 = new Map([...fragments].filter(([name]) => name !== "dont-fragment"));

type Row = Omit<RowOfComponent, "words" | "prints" | "sizes" | "size"> & Partial<RowOfComponent>;

function row(given: Row): RowOfComponent {
  return { sizes: numbers, size: 0, words: [none, none], prints: true, ...given };
}

const port = { form: "numeric", max: 65535, what: "a port" } as const;

/** Ascending by type. */
export const componentRows: readonly RowOfComponent[] = [
  row({ type: ComponentType.destination, name: "destination", form: "prefix", max: 0, what: "a prefix" }),
  row({ type: ComponentType.source, name: "source", form: "prefix", max: 0, what: "a prefix" }),
  row({
    type: ComponentType.protocol,
    name: "protocol",
    form: "numeric",
    max: 255,
    what: "a protocol",
    words: [protocols, protocols],
  }),
  row({ type: ComponentType.port, name: "port", ...port }),
  row({ type: ComponentType.destinationPort, name: "destination-port", ...port }),
  row({ type: ComponentType.sourcePort, name: "source-port", ...port }),
  row({
    type: ComponentType.icmpType,
    name: "icmp-type",
    form: "numeric",
    max: 255,
    what: "an ICMP type",
    words: [icmpTypes, icmpV6Types],
  }),
  row({
    type: ComponentType.icmpCode,
    name: "icmp-code",
    form: "numeric",
    max: 255,
    what: "an ICMP code",
    words: [icmpCodes, none],
    prints: false,
  }),
  row({
    type: ComponentType.tcpFlags,
    name: "tcp-flags",
    form: "bitmask",
    sizes: [1, 2],
    max: 0xfff,
    what: "a TCP flag",
    words: [tcpFlags, tcpFlags],
  }),
  row({ type: ComponentType.packetLength, name: "packet-length", form: "numeric", max: 65535, what: "a length" }),
  row({
    type: ComponentType.dscp,
    name: "dscp",
    form: "numeric",
    sizes: [1],
    max: 63,
    what: "a DSCP",
  }),
  row({
    type: ComponentType.fragment,
    name: "fragment",
    form: "bitmask",
    sizes: [1],
    max: 15,
    what: "a kind of fragment",
    words: [fragments, fragmentsV6],
  }),
  // RFC 8956 §3.7: values "SHOULD be encoded as 4-octet quantities".
  row({
    type: ComponentType.flowLabel,
    name: "flow-label",
    form: "numeric",
    size: 4,
    max: 0xfffff,
    what: "a flow label",
  }),
];

/** The row of a type that rules of IPv4, or of IPv6 (`wide`), can have. */
export function rowOfComponent(type: number, wide: boolean): RowOfComponent | undefined {
  return type === ComponentType.flowLabel && !wide ? undefined : componentRows[type - 1];
}

/** Words of other programs for components. */
const otherNames: Readonly<Record<string, number>> = {
  "destination-ipv4": ComponentType.destination,
  "destination-ipv6": ComponentType.destination,
  "dst": ComponentType.destination,
  "source-ipv4": ComponentType.source,
  "source-ipv6": ComponentType.source,
  "src": ComponentType.source,
  "proto": ComponentType.protocol,
  "ip-protocol": ComponentType.protocol,
  "next-header": ComponentType.protocol,
  "dst-port": ComponentType.destinationPort,
  "dport": ComponentType.destinationPort,
  "src-port": ComponentType.sourcePort,
  "sport": ComponentType.sourcePort,
  "tcp-flag": ComponentType.tcpFlags,
  "traffic-class": ComponentType.dscp,
};

const byName = new Map<string, RowOfComponent>([
  ...componentRows.map((each) => [each.name, each] as const),
  ...Object.entries(otherNames).map(([name, type]) => [name, componentRows[type - 1]!] as const),
]);

/** The row of a word in a rule. */
export function componentNamed(word: string): RowOfComponent | undefined {
  return byName.get(word.toLowerCase());
}
