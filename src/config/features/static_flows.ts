/** FlowSpec rules of this speaker: `[[static_flows]]` for all peers, `[[peers.static_flows]]` for one. */

import {
  type FlowActions,
  flowFamilyOf,
  flowRuleFault,
  isFlowspec,
  nlriCodec,
  parseFlowActions,
} from "../../message/mod.ts";
import { families, familyByCode, familyByName, type FamilyId, familyOf } from "../../types/mod.ts";
import { key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import { nextHop } from "../keys/route_values.ts";
import { fault, type Given, type TableReader } from "../keys/table.ts";
import { type ValueType, wrong } from "../keys/value_type.ts";
import { integer, listOf, tables, text } from "../keys/values.ts";
import type { SourcePosition } from "../toml/errors.ts";
import type { TomlTable } from "../toml/parse.ts";
import type { FamilySettings } from "./families.ts";
import type { InterAsSettings } from "./inter_as.ts";
import {
  allPeers,
  attributeKeys,
  attributesOf,
  checkAttributes,
  type Receiver,
  type StaticRoute,
} from "./originated.ts";

export interface FlowSettings {
  /** FlowSpec rules of this speaker: for one peer, or for every peer whose export allows them. */
  readonly staticFlows: readonly StaticRoute[];
}

export const speakerFlowKeys = {
  static_flows: setting({
    type: tables,
    doc: "FlowSpec rules, announced to every peer whose export allows it; keys as in [[peers.static_flows]]",
    defaultText: "none",
    sets: { staticFlows: "applies" },
  }),
} as const satisfies SettingTable;

export const peerFlowKeys = {
  static_flows: setting({
    type: tables,
    doc: "FlowSpec rules announced to the peer; a peer's own list replaces the list of its group",
    defaultText: "none",
    sets: { staticFlows: "applies" },
  }),
} as const satisfies SettingTable;

const actions: ValueType<FlowActions> = {
  name: "action, or a list of actions",
  parse(node, key, report) {
    const items = node.kind === "array" ? node.items : [node];
    if (items.length === 0) return wrong(node, key, 'an action such as "discard"', report);
    const extCommunities: Uint8Array[] = [], ipv6ExtCommunities: Uint8Array[] = [];
    let isValid = true;
    for (const item of items) {
      if (item.kind !== "string" || item.value.trim() === "") {
        wrong(item, key, 'an action such as "discard"', report);
        isValid = false;
        continue;
      }
      const read = parseFlowActions(item.value);
      if ("error" in read) {
        report.add(item.at, `${key}: ${read.error}`);
        isValid = false;
        continue;
      }
      extCommunities.push(...read.extCommunities);
      ipv6ExtCommunities.push(...read.ipv6ExtCommunities);
    }
    return isValid ? { extCommunities, ipv6ExtCommunities } : undefined;
  },
};

const flowFamilies = families.filter(({ id }) => isFlowspec(id));

const flowFamily: ValueType<FamilyId> = {
  name: "FlowSpec family",
  parse(node, key, report) {
    const found = node.kind === "string" ? familyByName(node.value) : undefined;
    if (found !== undefined && isFlowspec(found.id)) return found.id;
    const names = flowFamilies.map(({ name }) => name);
    return wrong(node, key, `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`, report);
  },
};

export const flowKeys = {
  rule: key({
    type: text,
    doc: "the packets: components that must all match; a space between the values of a component means or, & means and",
    example: '"destination 192.0.2.0/24 protocol =udp destination-port =53 >8000&<=8080"',
    defaultText: "required, unless matches is written",
  }),
  matches: key({
    type: listOf(text),
    doc: "the rule as the original bgpd has it: a component in each text, and a space between values means and",
    example: '["source 2001:db8::/32", "destination-port >8000 <=8080"]',
    defaultText: "none",
  }),
  actions: key({
    type: actions,
    doc: "what routers do with the packets: discard, rate-limit, redirect, mark, action or accept",
    example: '["rate-limit 9600", "redirect 65000:100"]',
    defaultText: "required",
    aliases: ["action"],
  }),
  family: key({ type: flowFamily, doc: "family of the rule", example: '"ipv6 flowspec"', defaultText: "by the rule" }),
  afi: key({
    type: integer(1, 2),
    doc: "1: a rule of IPv4, 2: of IPv6; family says the same",
    example: "2",
    defaultText: "by the rule",
  }),
  rd: key({ type: text, doc: "Route Distinguisher of a VPN rule", example: '"65000:1"', defaultText: "none" }),
  next_hop: key({
    type: nextHop,
    doc: "address for the action redirect-to-next-hop; other rules have no next hop",
    example: '"192.0.2.1"',
    defaultText: "none",
  }),
  ...attributeKeys,
} as const satisfies KeyTable;

/** As for routes: each session leaves out rules of families that it does not have. */
export function readSpeakerFlows(
  { values }: Given<typeof speakerFlowKeys>,
  peers: readonly InterAsSettings[],
  reader: TableReader,
): FlowSettings {
  return { staticFlows: readFlows(values.static_flows ?? [], "[[static_flows]]", allPeers(peers), reader) };
}

export function readPeerFlows(
  { values }: Given<typeof peerFlowKeys>,
  peer: FamilySettings & InterAsSettings,
  reader: TableReader,
): FlowSettings {
  return { staticFlows: readFlows(values.static_flows ?? [], "[[peers.static_flows]]", peer, reader) };
}

function readFlows(
  nodes: readonly TomlTable[],
  tableName: string,
  receiver: Receiver,
  reader: TableReader,
): StaticRoute[] {
  const flows: StaticRoute[] = [];
  const places = new Map<string, SourcePosition>();
  for (const node of nodes) {
    const table = reader.read(node, flowKeys, tableName);
    const place = table.has("rule") ? "rule" : "matches";
    const flow = staticFlow(table, place, receiver);
    if (flow === undefined) continue;
    const name = `${flow.family} ${flow.key.toHex()}`;
    const first = places.get(name);
    if (first === undefined) places.set(name, table.at(place));
    else fault(table, place, `the same rule stands already ${reader.report.where(first)}`);
    flows.push(flow);
  }
  return flows;
}

function staticFlow(
  table: Given<typeof flowKeys>,
  place: "rule" | "matches",
  receiver: Receiver,
): StaticRoute & { readonly key: Uint8Array } | undefined {
  const { values, report, start } = table;
  if (!table.has("actions")) {
    report.add(start, 'actions is missing: what routers do with the packets, such as "discard"');
  }
  const rule = ruleOf(table);
  if (rule === undefined) return undefined;
  const family = values.family ?? familyOfRule(table, rule);
  const key = nlriCodec(family)!.parse(rule);
  if ("error" in key) {
    fault(table, place, `${place}: ${key.error}`);
    return undefined;
  }
  const senseless = flowRuleFault(family, key);
  if (senseless !== undefined) fault(table, place, `${place}: ${senseless}`);
  if (receiver.families?.includes(family) === false) {
    fault(table, place, `the rule is ${familyOf(family).name}, which is not in families of this peer`);
  }
  const nextHop = values.next_hop?.kind === "address" ? values.next_hop.octets : undefined;
  const attributes = attributesOf(table, nextHop);
  attributes.extCommunities.push(...values.actions?.extCommunities ?? []);
  attributes.ipv6ExtCommunities.push(...values.actions?.ipv6ExtCommunities ?? []);
  checkAttributes(table, attributes, "the rule", receiver);
  return { family, key, attributes };
}

/** The text of the rule; `undefined` where a mistake was reported. */
function ruleOf(table: Given<typeof flowKeys>): string | undefined {
  const { values, report, start } = table;
  if (table.has("rule") && table.has("matches")) {
    fault(table, "matches", "rule and matches say the same: keep one of them");
    return undefined;
  }
  if (!table.has("rule") && !table.has("matches")) {
    report.add(start, "rule is missing: the packets that the rule is about");
    return undefined;
  }
  const rule = values.rule ?? values.matches?.map(allOf).join(" ");
  return rule === undefined || values.rd === undefined ? rule : `rd ${values.rd} ${rule}`;
}

/** A component of the original bgpd: all its comparisons must hold. One with brackets or `&` is one of ours. */
function allOf(component: string): string {
  const [name, ...comparisons] = component.trim().split(/\s+/);
  return /[[&]/.test(component) ? component : `${name} ${comparisons.join("&")}`;
}

function familyOfRule({ values: { afi } }: Given<typeof flowKeys>, rule: string): FamilyId {
  const { safi, id } = familyOf(flowFamilyOf(rule));
  return afi === undefined ? id : familyByCode(afi, safi)!.id;
}
