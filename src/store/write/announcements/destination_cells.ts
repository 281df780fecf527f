/**
 * What a row of `announcements` leads to: the cells `family`, `rd`, and one of `prefix`, `rule` and `nlri`. And the
 * other way: the cells of a destination.
 */

import { nearestFamily } from "../../../config/mod.ts";
import {
  flowFamilyOf,
  flowRuleFault,
  formatDestination,
  isFlowspec,
  nlriCodec,
  type NlriTextError,
} from "../../../message/mod.ts";
import {
  type Destination,
  familyByCode,
  familyByName,
  type FamilyId,
  familyOf,
  formatPrefix,
  isPrefixFamily,
  martianText,
  maskPrefix,
  parseAddress,
  parsePrefix,
  type Prefix,
} from "../../../types/mod.ts";
import type { SqlValue } from "../../sqlite.ts";
import { textOf, Wrong } from "./cells.ts";

/** A destination in its family. */
export type Target = Destination & { readonly family: FamilyId };

export interface DestinationCells {
  readonly prefix: SqlValue | undefined;
  readonly family: SqlValue | undefined;
  readonly rd: SqlValue | undefined;
  readonly labels: SqlValue | undefined;
  readonly rule: SqlValue | undefined;
  readonly nlri: SqlValue | undefined;
}

const SAFI_UNICAST = 1, SAFI_LABELED = 4, SAFI_VPN = 128;

/** Throws {@link Wrong}. */
export function targetOf(cells: DestinationCells): Target {
  const prefix = textOf(cells.prefix, "prefix"), rule = textOf(cells.rule, "rule"), nlri = textOf(cells.nlri, "nlri");
  const rd = textOf(cells.rd, "rd"), family = familyIn(textOf(cells.family, "family"));
  const given = [["prefix", prefix], ["rule", rule], ["nlri", nlri]].filter(([, text]) => text !== "");
  if (given.length > 1) throw new Wrong(`a row has ${given.map(([name]) => name).join(" or ")}, not both`);
  if (rule !== "") return ruleTarget(rule, rd, family);
  if (nlri !== "") return nlriTarget(nlri, rd, family);
  return prefixTarget(prefixOf(prefix), rd, textOf(cells.labels, "labels") !== "", family);
}

/** The cells of a destination. Those of {@link nlriWords} are not among them. */
export function destinationCells(target: Target): { prefix?: string; rd?: string; rule?: string; nlri?: string } {
  const { family, key } = target;
  if (key === undefined) return { prefix: formatDestination(family, target) };
  const { kind } = familyOf(family);
  const { rd, prefix } = nlriCodec(family)!.fields(key);
  if (kind === "labeled" || kind === "vpn") return { prefix: formatPrefix(prefix!), ...rd !== undefined && { rd } };
  const text = formatDestination(family, target);
  if (!isFlowspec(family)) return { nlri: text };
  return rd === undefined ? { rule: text } : { rd, rule: text.slice(`rd ${rd} `.length) };
}

/**
 * Words of the cell `nlri` that are no part of the destination of an EVPN route, but of its value (RFC 7432 §7.2,
 * RFC 9136 §3.1): `mac-ip rd 65000:1 … esi 00:…` and `ip-prefix rd 65000:1 … gateway 192.0.2.1`; and the tunnel for
 * multicast packets (RFC 7432 §11.2): `multicast rd 65000:1 … pmsi ingress-replication label 100 endpoint 192.0.2.1`.
 */
export function nlriWords(
  nlri: string,
): { readonly destination: string; readonly esi?: string; readonly gateway?: string; readonly pmsi?: string } {
  const [, destination, pmsi] = /^((?:multicast|imet)\s.*?)\spmsi\s+(.*)$/i.exec(nlri) ?? [];
  if (destination !== undefined) return { destination, pmsi: pmsi! };
  const words = nlri.split(/\s+/);
  // In routes of other types the ESI is a part of the destination.
  if (!/^(mac|ip|prefix)/i.test(words[0] ?? "")) return { destination: nlri };
  const found: { esi?: string; gateway?: string } = {};
  for (const name of ["esi", "gateway"] as const) {
    const at = words.indexOf(name);
    if (at === -1) continue;
    const [, value] = words.splice(at, 2);
    if (value === undefined) throw new Wrong(`nlri: "${name}" has no value`);
    found[name] = value;
  }
  return { destination: words.join(" "), ...found };
}

function familyIn(text: string): FamilyId | undefined {
  if (text === "") return undefined;
  const family = familyByName(text);
  if (family === undefined) {
    const near = nearestFamily(text);
    const help = near === undefined ? 'write for example "ipv4 unicast"' : `did you mean "${near}"?`;
    throw new Wrong(`family: "${text}" is not a family; ${help}`);
  }
  return family.id;
}

function ruleTarget(rule: string, rd: string, given: FamilyId | undefined): Target {
  const text = rd === "" ? rule : `rd ${rd} ${rule}`;
  const family = given ?? flowFamilyOf(text);
  if (!isFlowspec(family)) throw new Wrong(`rule: routes of ${familyOf(family).name} have no rule`);
  const key = keyOf(family, text, "rule");
  const fault = flowRuleFault(family, key);
  if (fault !== undefined) throw new Wrong(`rule: ${fault}`);
  return { family, key };
}

function nlriTarget(nlri: string, rd: string, family: FamilyId | undefined): Target {
  if (family === undefined) throw new Wrong("family is missing: nlri does not tell it");
  if (isPrefixFamily(family)) throw new Wrong(`nlri: routes of ${familyOf(family).name} have a prefix`);
  if (rd !== "") throw new Wrong("rd: it is a part of nlri");
  const text = familyOf(family).kind === "evpn" ? nlriWords(nlri).destination : nlri;
  return { family, key: keyOf(family, text, "nlri") };
}

function prefixTarget(prefix: Prefix, rd: string, isLabeled: boolean, given: FamilyId | undefined): Target {
  const afi = prefix.octets.length === 4 ? 1 : 2;
  const family = given ?? familyByCode(afi, rd !== "" ? SAFI_VPN : isLabeled ? SAFI_LABELED : SAFI_UNICAST)!.id;
  const { name, kind, addressBytes } = familyOf(family);
  if (!["prefix", "labeled", "vpn"].includes(kind)) {
    throw new Wrong(`prefix: routes of ${name} have ${isFlowspec(family) ? "a rule" : "nlri"} in place of a prefix`);
  }
  if (addressBytes !== prefix.octets.length) {
    throw new Wrong(`prefix: ${formatPrefix(prefix)} is not a prefix of ${name}`);
  }
  if (kind === "vpn" && rd === "") throw new Wrong(`rd is missing: a route of ${name} needs one, such as 65000:1`);
  if (kind !== "vpn" && rd !== "") throw new Wrong(`rd: routes of ${name} have none`);
  if (kind === "prefix" && isLabeled) throw new Wrong(`labels: routes of ${name} have none`);
  if (kind === "prefix") return { family, prefix };
  const text = formatPrefix(prefix);
  return { family, key: keyOf(family, kind === "vpn" ? `${rd} ${text}` : text, "rd") };
}

function keyOf(family: FamilyId, text: string, name: string): Uint8Array {
  const key: Uint8Array | NlriTextError = nlriCodec(family)!.parse(text);
  if ("error" in key) throw new Wrong(`${name}: ${key.error}`);
  return key;
}

function prefixOf(text: string): Prefix {
  if (text === "") throw new Wrong("prefix is missing");
  const prefix = parsePrefix(text);
  if (prefix !== undefined && !text.includes("/")) {
    throw new Wrong(`prefix: "${text}" has no length; did you mean ${formatPrefix(prefix)}?`);
  }
  if (prefix !== undefined) {
    const martian = martianText(prefix);
    if (martian === undefined) return prefix;
    throw new Wrong(`prefix: ${formatPrefix(prefix)} is ${martian} and cannot be announced (RFC 4271 §6.3)`);
  }
  const [address = "", length = ""] = text.split("/");
  const octets = parseAddress(address);
  if (octets !== undefined && /^\d{1,3}$/.test(length) && Number(length) <= octets.length * 8) {
    const meant = formatPrefix(maskPrefix(octets, Number(length)));
    throw new Wrong(`prefix: "${text}" has host bits set; did you mean ${meant}?`);
  }
  throw new Wrong(`prefix: "${text}" is not a prefix; write for example "192.0.2.0/24" or "2001:db8::/32"`);
}
