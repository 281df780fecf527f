/**
 * A FlowSpec rule in the words of ExaBGP, also without the braces:
 * `route { match { destination 192.0.2.0/24; protocol udp; } then { discard; } }`.
 *
 * Conditions and actions become the texts that bgpd's own commands have.
 */

import { isFlowActionWord, nlriCodec, parseFlowActions } from "../../message/mod.ts";
import { familyByName } from "../../types/mod.ts";
import { emptyDraft, nextHopText, readAttribute, type RouteDraft, type RouteText, routeText } from "./route.ts";
import { type Words, WrongCommand } from "./words.ts";

/** The conditions, and the word that bgpd has for each. */
const conditions: Readonly<Record<string, string>> = {
  "source": "source",
  "source-ipv4": "source",
  "source-ipv6": "source",
  "destination": "destination",
  "destination-ipv4": "destination",
  "destination-ipv6": "destination",
  "protocol": "protocol",
  "next-header": "protocol",
  "port": "port",
  "destination-port": "destination-port",
  "source-port": "source-port",
  "icmp-type": "icmp-type",
  "icmp-code": "icmp-code",
  "tcp-flags": "tcp-flags",
  "packet-length": "packet-length",
  "dscp": "dscp",
  "traffic-class": "dscp",
  "fragment": "fragment",
  "flow-label": "flow-label",
};

interface FlowDraft {
  readonly route: RouteDraft;
  readonly conditions: string[];
  readonly actions: string[];
  isIpv6: boolean;
}

/** Words that only give a rule its form. */
const form = new Set(["match", "then", "scope", "{", "}", ";"]);

/** `words`: what follows `flow`. */
export function flowOf(words: Words): RouteText {
  if (!words.take("route")) throw new WrongCommand(`flow is followed by route, not "${words.peek() ?? ""}"`);
  // A rule may have a name.
  if (words.peek(1) === "{" && !form.has(words.peek() ?? "")) words.next("route");
  const draft: FlowDraft = { route: emptyDraft(), conditions: [], actions: [], isIpv6: false };
  while (!words.isDone) {
    const word = words.peek()!;
    if (form.has(word)) words.take(word);
    else if (Object.hasOwn(conditions, word)) readCondition(words, draft);
    else if (word === "copy" || isFlowActionWord(word)) readAction(words, draft);
    else if (!readAttribute(words, draft.route)) throw new WrongCommand(`unknown word "${word}"`);
  }
  const { route } = draft;
  const afi = draft.isIpv6 ? "ipv6" : "ipv4";
  const family = `${afi} ${route.rd === null ? "flowspec" : "flowspec-vpn"}`;
  const rule = canonicalRule(`${afi} flowspec`, draft.conditions.join(" "));
  return routeText(family, rule, route, actionsText(draft.actions));
}

function readCondition(words: Words, draft: FlowDraft): void {
  const word = words.next("flow");
  const values = words.list(word);
  if (/^(next-header|traffic-class|flow-label|.*-ipv6)$/.test(word)) draft.isIpv6 = true;
  if (/^(source|destination)/.test(word) && values.some((value) => value.includes(":"))) draft.isIpv6 = true;
  if (values.length === 0) throw new WrongCommand(`${word} needs a value`);
  const texts = word === "traffic-class" ? values.map(trafficClassText) : values;
  draft.conditions.push(`${conditions[word]} ${texts.join(" ")}`);
}

/** ExaBGP compares the whole octet of the traffic class: a value that is no DSCP is written in hexadecimal. */
function trafficClassText(value: string): string {
  return value.replaceAll(/\d+/g, (number) => {
    const octet = Number(number);
    return octet < 64 || octet > 255 ? number : `0x${octet.toString(16)}`;
  });
}

/** Words of actions without a value. */
const alone = new Set(["accept", "discard", "redirect-to-nexthop", "copy-to-nexthop"]);

function readAction(words: Words, { actions, route }: FlowDraft): void {
  const word = words.next("then");
  if (word === "accept") return;
  if (alone.has(word)) return void actions.push(word);
  for (const value of words.list(word)) {
    const isAddress = (word === "redirect" || word === "copy") && !/^[^:]+:[^:]+$/.test(value);
    // The address is the next hop of the route (draft-simpson-idr-flowspec-redirect).
    if (isAddress) route.nextHop = nextHopText(value);
    actions.push(isAddress ? `${word}-to-next-hop` : `${word} ${value}`);
  }
}

/** Checks the actions; `null`: there are none. */
function actionsText(actions: readonly string[]): string | null {
  if (actions.length === 0) return null;
  const text = actions.join(" ");
  const parsed = parseFlowActions(text);
  if ("error" in parsed) throw new WrongCommand(parsed.error);
  return text;
}

/** The rule as bgpd writes it: equal rules have equal texts. */
function canonicalRule(family: string, text: string): string {
  const codec = nlriCodec(familyByName(family)!.id)!;
  const key = codec.parse(text);
  if ("error" in key) throw new WrongCommand(key.error);
  return codec.format(key);
}
