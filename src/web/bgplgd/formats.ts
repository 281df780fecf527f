/** Texts as bgpctl of OpenBGPD writes them. */

import type { AttributeSet } from "../../message/mod.ts";
import { formatExtCommunity } from "../../message/mod.ts";
import { formatIpv4Number } from "../../types/mod.ts";

/** `01w0d16h`, `1d02h03m`, `01:02:03`. */
export function timeFrame(seconds: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  const [minutes, hours, days, weeks] = [seconds / 60, seconds / 3600, seconds / 86_400, seconds / 604_800];
  if (weeks >= 1000) return `${Math.floor(weeks)}w`;
  if (weeks >= 1) return `${two(weeks)}w${Math.floor(days % 7)}d${two(hours % 24)}h`;
  if (days >= 1) return `${Math.floor(days)}d${two(hours % 24)}h${two(minutes % 60)}m`;
  return `${two(hours)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** A time and how long ago it is: two members, `name` and `name_sec`. */
export function ago(name: string, at: number | string | null, now: number): Readonly<Record<string, string | number>> {
  if (at === null) return { [name]: "Never", [`${name}_sec`]: 0 };
  const seconds = Math.max(0, Math.floor((now - new Date(at).getTime()) / 1000));
  return { [name]: timeFrame(seconds), [`${name}_sec`]: seconds };
}

const origins: Readonly<Record<string, string>> = { igp: "IGP", egp: "EGP", incomplete: "incomplete" };

export function originText(origin: string | null): string {
  return origins[origin ?? ""] ?? origins["incomplete"]!;
}

/** Sets stand in braces with spaces: `65001 { 65002 65003 }`. */
export function pathText(asPath: string): string {
  return asPath.replaceAll(/([{(])([^})]*)([})])/g, (_all, open: string, asns: string, close: string) => {
    return `${open} ${asns.replaceAll(",", " ")} ${close}`;
  });
}

const wellKnown: Readonly<Record<string, string>> = {
  "65535:0": "GRACEFUL_SHUTDOWN",
  "65535:666": "BLACKHOLE",
  "65535:65281": "NO_EXPORT",
  "65535:65282": "NO_ADVERTISE",
  "65535:65283": "NO_EXPORT_SUBCONFED",
  "65535:65284": "NO_PEER",
};

export function communityText(text: string): string {
  return wellKnown[text] ?? text;
}

/** The community of the database that a word of bgpctl names. */
export function communityOf(text: string): string {
  const upper = text.toUpperCase();
  return Object.entries(wellKnown).find(([, name]) => name === upper)?.[0] ?? text;
}

/** `rt 65000:100`; of another kind the octets as a number. */
export function extCommunityText(octets: Uint8Array): string {
  const [, name, value] = /^(rt|soo|ovs):([\d.:a-z-]+)$/.exec(formatExtCommunity(octets)) ?? [];
  return name === undefined ? `0x${BigInt(`0x${octets.toHex()}`).toString(16)}` : `${name} ${value}`;
}

/** An attribute with its flags, as in `attributes` of a route. */
interface ShownAttribute {
  readonly type: string;
  readonly flags: { readonly partial: boolean; readonly transitive: boolean; readonly optional: boolean };
  readonly length: number;
  readonly [member: string]: unknown;
}

const Flag = { optional: 0x80, transitive: 0x40, partial: 0x20 } as const;

/** The attributes that have no member of their own in a route. */
export function otherAttributes(set: AttributeSet): ShownAttribute[] {
  const { aggregator, atomicAggregate, originatorId, clusterList, otc } = set;
  const clusters = { cluster_list: clusterList.map(formatIpv4Number) };
  return [
    ...atomicAggregate ? [shown("Atomic Aggregate", Flag.transitive, 0)] : [],
    ...aggregator === undefined ? [] : [shown("Aggregator", Flag.optional | Flag.transitive, 8, {
      AS: aggregator.asn,
      router_id: formatIpv4Number(aggregator.address),
    })],
    ...originatorId === undefined
      ? []
      : [shown("Originator Id", Flag.optional, 4, { originator: formatIpv4Number(originatorId) })],
    ...clusterList.length === 0 ? [] : [shown("Cluster Id List", Flag.optional, 4 * clusterList.length, clusters)],
    ...otc === undefined ? [] : [shown("OTC", Flag.optional | Flag.transitive, 4, { as: otc })],
    ...set.unknown.map(({ code, flags, value }) =>
      shown(`Unknown Attribute #${code}`, flags, value.length, value.length === 0 ? {} : { data: value.toHex() })
    ),
  ];
}

function shown(type: string, flags: number, length: number, more: Record<string, unknown> = {}): ShownAttribute {
  const has = (flag: number) => (flags & flag) !== 0;
  const names = { partial: has(Flag.partial), transitive: has(Flag.transitive), optional: has(Flag.optional) };
  return { type, flags: names, length, ...more };
}
