/** Policies from a few lines of configuration, asked about routes in words. */
import { parseConfig } from "../../../src/config/mod.ts";
import {
  type AttributeSet,
  decodeAttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  parseAsPath,
  parseCommunity,
  parseExtCommunity,
  parseLargeCommunity,
} from "../../../src/message/mod.ts";
import {
  compilePolicies,
  type Policies,
  type PolicyPeer,
  type PolicySource,
  routeClass,
} from "../../../src/policy/mod.ts";
import { IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../../../src/types/mod.ts";

/** A route and its surroundings; what is not said is as in {@link askAbout}. */
export interface RouteWords {
  readonly prefix?: string;
  readonly path?: string;
  readonly nextHop?: string;
  readonly communities?: string;
  readonly set?: Partial<AttributeSet>;
  /** What RPKI data say: `rpki/validity.ts`. */
  readonly validity?: number;
  readonly peer?: Partial<Omit<PolicyPeer, "address">> & { readonly address?: string };
  readonly source?: Partial<Omit<PolicySource, "address">> & { readonly address?: string };
}

/** Tables of a configuration, as sets and policies. */
export function policiesOf(toml: string): Policies {
  const result = parseConfig(`router_id = "1.1.1.1"\n${toml}`);
  if (result.kind === "errors") throw new Error(result.errors.map(({ message }) => message).join("; "));
  return compilePolicies(result.config.policies);
}

export interface Answer {
  readonly accepted: boolean;
  readonly changed: boolean;
  readonly reason: string;
  readonly explicit: number;
  readonly set: AttributeSet;
}

export function askAbout(policies: Policies, names: readonly string[], words: RouteWords = {}): Answer {
  const { family, prefixClass, wire, context } = questionOf(policies, words);
  const ofRoute = routeClass(prefixClass, words.validity ?? 0);
  const outcome = policies.chain(names).evaluate(wire, 0, wire.length, ofRoute, { family, ...context });
  const { accepted, changed, explicit } = outcome;
  const octets = changed ? outcome.bytes.slice(0, outcome.length) : wire;
  return { accepted, changed, explicit, reason: policies.reasons[outcome.reason]!, set: decodeAttributeSet(octets) };
}

/** Without words: 10.1.2.0/24 from 192.0.2.1 in AS 65001, path "65001 65010". */
export function questionOf(policies: Policies, words: RouteWords) {
  const prefix = parsePrefix(words.prefix ?? "10.1.2.0/24")!;
  const isIpv4 = prefix.octets.length === 4;
  const view = new DataView(prefix.octets.buffer);
  const word = (i: number) => 4 * i < prefix.octets.length ? view.getInt32(4 * i) : 0;
  const family = isIpv4 ? IPV4_UNICAST : IPV6_UNICAST;
  const texts = (words.communities ?? "").split(" ").filter((text) => text !== "");
  const set: AttributeSet = {
    ...emptyAttributeSet(),
    origin: 0,
    asPath: parseAsPath(words.path ?? "65001 65010")!,
    nextHop: parseAddress(words.nextHop ?? (isIpv4 ? "192.0.2.1" : "2001:db8::1")),
    communities: texts.map(parseCommunity).filter((value) => value !== undefined),
    largeCommunities: texts.map(parseLargeCommunity).filter((value) => value !== undefined),
    extCommunities: texts.map(parseExtCommunity).filter((value) => value !== undefined),
    ...words.set,
  };
  const { peer, source } = words;
  const address = (text: string | undefined) => parseAddress(text ?? "192.0.2.1")!;
  return {
    family,
    wire: encodeAttributeSet(set),
    prefixClass: policies.prefixClasses.classOf(family, word(0), word(1), word(2), word(3), prefix.length),
    context: {
      peer: { asn: 65001, localAsn: 65000, ...peer, address: address(peer?.address) },
      ...source === undefined
        ? {}
        : { source: { local: false, asn: 65002, internal: false, ...source, address: address(source.address) } },
    },
  };
}
