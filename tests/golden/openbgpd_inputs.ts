/**
 * OpenBGPD's regression inputs as values: its configurations, those of ExaBGP that drive it, and the output of
 * `bgpctl`.
 */
import { AttributeCode, AttributeFlag } from "../../src/message/mod.ts";
import { formatPrefix, parseAddress, parseAsn, parsePrefix } from "../../src/types/mod.ts";
import { sharedPath } from "../support/shared_data.ts";
import { attribute, updateOf } from "../support/wire.ts";

const folder = "policy/integrationtests";

export function readInput(name: string): string {
  return Deno.readTextFileSync(sharedPath(`${folder}/${name}`));
}

/** A line of `bgpctl show rib`. */
export interface ShownRoute {
  /** `*` valid, `>` selected, `I` via iBGP, `E` error (treat-as-withdraw), `m` part of a multipath. */
  readonly flags: string;
  readonly prefix: string;
  readonly gateway: string;
  readonly localPref: number;
  readonly med: number;
  readonly path: readonly number[];
}

export function readShown(name: string): ShownRoute[] {
  return readInput(name).split("\n").flatMap((line) => {
    const found = /^(.{5})\s*N-\?\s+(\S+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(?:([\d ]*) )?[ie?]$/.exec(line);
    if (found === null) return [];
    const [, flags = "", prefix = "", gateway = "", localPref, med, path = ""] = found;
    const asns = path.split(" ").filter((word) => word !== "").map(Number);
    return [{ flags: flags.trim(), prefix, gateway, localPref: Number(localPref), med: Number(med), path: asns }];
  });
}

/** `neighbor` of an ExaBGP configuration: a speaker, and what it announces. */
export interface ExaSpeaker {
  readonly address: string;
  readonly asn: number;
  readonly peerAsn: number;
  readonly fourOctetAs: boolean;
  readonly routes: readonly ExaRoute[];
}

export interface ExaRoute {
  readonly prefix: string;
  readonly asPath: readonly number[] | undefined;
  readonly aggregator: readonly [asn: number, address: string] | undefined;
  /** Attributes given as code, flags and octets. */
  readonly raw: readonly { readonly code: number; readonly flags: number; readonly value: string }[];
}

export function readSpeakers(name: string): ExaSpeaker[] {
  return readInput(name).split(/^neighbor /m).slice(1).map((text) => {
    const value = (key: string) => new RegExp(`^\\s*${key} (\\S+);`, "m").exec(text)?.[1] ?? "";
    return {
      address: value("local-address"),
      asn: parseAsn(value("local-as"))!,
      peerAsn: parseAsn(value("peer-as"))!,
      fourOctetAs: !/^\s*asn4 disable;/m.test(text),
      routes: [...text.matchAll(/^\s*route (\S+) next-hop self(.*);/gm)].map(([, prefix = "", rest = ""]) => ({
        prefix,
        asPath: /as-path \[([\d ]*)\]/.exec(rest)?.[1]?.trim().split(" ").map(Number),
        aggregator: aggregatorOf(rest),
        raw: [...rest.matchAll(/attribute \[ 0x(\w+) 0x(\w+) 0x(\w+) \]/g)].map(([, code, flags, value = ""]) => ({
          code: parseInt(code!, 16),
          flags: parseInt(flags!, 16),
          value,
        })),
      })),
    };
  });
}

function aggregatorOf(text: string): readonly [number, string] | undefined {
  const found = /aggregator (\d+):(\S+)/.exec(text);
  return found === null ? undefined : [Number(found[1]), found[2]!];
}

/**
 * The UPDATE that ExaBGP sends for a route: ORIGIN IGP, its AS in front unless configured otherwise, LOCAL_PREF 100
 * within the AS.
 */
export function updateFor(speaker: ExaSpeaker, route: ExaRoute): Uint8Array {
  const internal = speaker.asn === speaker.peerAsn;
  const { transitive, optional } = AttributeFlag;
  const asns = (list: readonly number[]) => list.flatMap((asn) => octetsOf(asn, speaker.fourOctetAs ? 4 : 2));
  const path = route.asPath ?? (internal ? [] : [speaker.asn]);
  const parts = [
    attribute(transitive, AttributeCode.origin, "00"),
    attribute(
      transitive,
      AttributeCode.asPath,
      Uint8Array.of(...path.length === 0 ? [] : [2, path.length], ...asns(path)),
    ),
    attribute(transitive, AttributeCode.nextHop, parseAddress(speaker.address)!),
    ...internal ? [attribute(transitive, AttributeCode.localPref, "00000064")] : [],
    ...route.aggregator === undefined ? [] : [
      attribute(
        optional | transitive,
        AttributeCode.aggregator,
        Uint8Array.of(...asns([route.aggregator[0]]), ...parseAddress(route.aggregator[1])!),
      ),
    ],
  ].filter((part) => !route.raw.some(({ code }) => code === part[1]));
  for (const { code, flags, value } of route.raw) parts.push(attribute(flags, code, value));
  parts.sort((a, b) => a[1]! - b[1]!);
  const { octets, length } = parsePrefix(route.prefix)!;
  return updateOf(parts, Uint8Array.of(length, ...octets.subarray(0, Math.ceil(length / 8))));
}

function octetsOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (value >>> 8 * (count - 1 - i)) & 255);
}

/** What ExaBGP prints of an UPDATE it received: `… announced PREFIX next-hop … origin igp as-path [ … ] …`. */
export interface HeardRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly path: readonly number[];
  readonly aggregator: string | undefined;
}

export function readHeard(name: string): HeardRoute[] {
  return readInput(name).split("\n").filter((line) => line !== "").map((line) => {
    const [, prefix = "", nextHop = "", path = "", rest = ""] =
      / announced (\S+) next-hop (\S+) origin igp as-path \[ ([\d ]*) \](.*)$/.exec(line)!;
    const aggregator = /aggregator \( (\S+) \)/.exec(rest)?.[1];
    return { prefix: formatPrefix(parsePrefix(prefix)!), nextHop, path: path.split(" ").map(Number), aggregator };
  });
}

/** `bgpctl show rib out … detail` of several neighbours: who got which path. */
export interface ShownOutRoute {
  readonly listener: string;
  readonly prefix: string;
  readonly path: string;
  readonly nextHop: string;
}

export function readShownOut(name: string): ShownOutRoute[] {
  const entries = readInput(name).matchAll(
    /table entry for (\S+)\n\s+([\d ]+)\n\s+Nexthop (\S+) \(via \S+\) Neighbor (\S+) /g,
  );
  return [...entries].map(([, prefix = "", path = "", nextHop = "", listener = ""]) => ({
    listener,
    prefix,
    path,
    nextHop,
  }));
}

/** `network` statements of an OpenBGPD configuration, its AS and its address. */
export interface Origin {
  readonly asn: number;
  readonly address: string;
  readonly networks: readonly { readonly prefix: string; readonly prepend: number }[];
}

export function readOrigin(name: string): Origin {
  const text = readInput(name);
  return {
    asn: Number(/^AS (\d+)$/m.exec(text)![1]),
    address: /^router-id (\S+)$/m.exec(text)![1]!,
    networks: [...text.matchAll(/^network (\S+)(?: set prepend-self (\d+))?$/gm)]
      .map(([, prefix = "", prepend]) => ({ prefix, prepend: Number(prepend ?? 0) })),
  };
}
