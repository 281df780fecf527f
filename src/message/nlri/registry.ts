/** The codec of each kind of NLRI: one line for each kind, one file for its codec. */

import { families, type FamilyId, type NlriKind } from "../../types/mod.ts";
import type { NlriCodec } from "./codec.ts";
import { flowspecCodec } from "./flowspec.ts";
import { evpnCodec } from "./evpn.ts";
import { labeledCodec } from "./labeled.ts";
import { linkStateCodec } from "./link_state.ts";
import { mupCodec } from "./mup.ts";
import { mvpnCodec } from "./mvpn.ts";
import { rtcCodec } from "./rtc.ts";
import { srPolicyCodec } from "./sr_policy.ts";
import { vplsCodec } from "./vpls.ts";

/** What makes the codec of a family from the length of its addresses. */
const kinds: Readonly<Record<Exclude<NlriKind, "prefix">, (addressBytes: 4 | 16) => NlriCodec>> = {
  "labeled": (addressBytes) => labeledCodec(addressBytes, false),
  "vpn": (addressBytes) => labeledCodec(addressBytes, true),
  "flowspec": (addressBytes) => flowspecCodec(addressBytes, false),
  "flowspec-vpn": (addressBytes) => flowspecCodec(addressBytes, true),
  "evpn": () => evpnCodec,
  "rtc": () => rtcCodec,
  "vpls": () => vplsCodec,
  "mvpn": () => mvpnCodec,
  "bgp-ls": () => linkStateCodec(false),
  "bgp-ls-vpn": () => linkStateCodec(true),
  "sr-policy": srPolicyCodec,
  "mup": () => mupCodec,
};

const codecs: (NlriCodec | undefined)[] = [];
for (const { id, kind, addressBytes } of families) if (kind !== "prefix") codecs[id] = kinds[kind](addressBytes);

/** The codec of a family; `undefined` for families of plain prefixes. */
export function nlriCodec(family: FamilyId): NlriCodec | undefined {
  return codecs[family];
}
