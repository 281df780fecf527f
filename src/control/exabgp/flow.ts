/**
 * A FlowSpec rule in the words of ExaBGP, also without the braces:
 * `route { match { destination 192.0.2.0/24; protocol udp; } then { discard; } }`. Conditions and actions become the texts that bgpd's own commands have.
 */

import { extCommunityText } from "./communities.ts";
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

type Action = (words: Words, draft: FlowDraft, word: string) => void;

interface FlowDraft {
  readonly route: RouteDraft;
  readonly conditions: string[];
  readonly actions: string[];
  isIpv6: boolean;
}

const actions: Readonly<Record<string, Action>> = {
  "accept": () => {},
  "discard": (_, { actions }) => actions.push("discard"),
  "rate-limit": (words, { actions }, word) => actions.push(`rate-limit ${words.next(word)}`),
  "redirect": (words, draft, word) => redirect(words.next(word), draft),
  "redirect-to-nexthop": (_, { route }) => route.extCommunities.push("0x0800000000000000"),
  "redirect-to-nexthop-ietf": (words, { actions }, word) => actions.push(`redirect ${nextHopText(words.next(word))}`),
  "copy": (words, { route }, word) => {
    route.nextHop = nextHopText(words.next(word));
    route.extCommunities.push("0x0800000000000001");
  },
  "mark": (words, { actions }, word) => actions.push(`mark ${words.number(word, 63)}`),
  "action": (words, { actions }, word) => actions.push(...trafficActions(words.next(word))),
  "interface-set": (words, { route }, word) => {
    route.extCommunities.push(...words.list(word).map((value) => extCommunityText(`${word}:${value}`)));
  },
};

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
    else if (Object.hasOwn(actions, word)) actions[word]!(words, draft, words.next(word));
    else if (!readAttribute(words, draft.route)) throw new WrongCommand(`unknown word "${word}"`);
  }
  if (draft.conditions.length === 0) throw new WrongCommand("a flow route needs a condition, such as destination");
  const family = `${draft.isIpv6 ? "ipv6" : "ipv4"} ${draft.route.rd === null ? "flowspec" : "flowspec-vpn"}`;
  return routeText(family, draft.conditions.join(" "), draft.route, draft.actions.join(" ") || null);
}

function readCondition(words: Words, draft: FlowDraft): void {
  const word = words.next("flow");
  const values = words.list(word);
  if (/^(next-header|traffic-class|flow-label|.*-ipv6)$/.test(word)) draft.isIpv6 = true;
  if (/^(source|destination)/.test(word) && values.some((value) => value.includes(":"))) draft.isIpv6 = true;
  if (values.length === 0) throw new WrongCommand(`${word} needs a value`);
  draft.conditions.push(`${conditions[word]} ${values.join(" ")}`);
}

/** `65000:12345` and `1.2.3.4:5` are route targets; an address alone is the next hop. */
function redirect(word: string, { route, actions }: FlowDraft): void {
  if (!/^[^:]+:[^:]+$/.test(word)) {
    // The address of the next hop, as an early draft of the IETF has it.
    route.nextHop = nextHopText(word);
    route.extCommunities.push("0x0800000000000000");
    return;
  }
  actions.push(`redirect ${word}`);
}

function trafficActions(word: string): string[] {
  const words = word.split("-");
  if (words.every((each) => each === "sample" || each === "terminal")) return words;
  throw new WrongCommand(`action is sample, terminal or sample-terminal, not "${word}"`);
}
