/** NLRI of multicast VPN (RFC 6514 §4), kept as octets; the columns have what the octets say. */

import { formatAddress, readUint32 } from "../../types/mod.ts";
import type { NlriCodec, NlriFields } from "./codec.ts";
import { typedOctets } from "./opaque.ts";
import { formatRd, RD_BYTES } from "./rd.ts";

const Type = {
  intraAs: 1,
  interAs: 2,
  selective: 3,
  leaf: 4,
  sourceActive: 5,
  sharedJoin: 6,
  sourceJoin: 7,
} as const;

const names = {
  [Type.intraAs]: "intra-as",
  [Type.interAs]: "inter-as",
  [Type.selective]: "s-pmsi",
  [Type.leaf]: "leaf",
  [Type.sourceActive]: "source-active",
  [Type.sharedJoin]: "shared-join",
  [Type.sourceJoin]: "source-join",
};

export const mvpnCodec: NlriCodec = typedOctets({
  typeBytes: 1,
  lengthBytes: 1,
  names,
  fault: (type, _bytes, at, end) =>
    type in names && type !== Type.leaf && end - at < RD_BYTES ? "no room for its RD" : undefined,
  fields(type, bytes, at): NlriFields {
    if (!(type in names) || type === Type.leaf) return { more: { route_type: type } };
    const rest = bytes.subarray(at + RD_BYTES);
    return { rd: formatRd(bytes, at), more: { route_type: type, ...columns(type, rest) } };
  },
});

/** What stands behind the RD; nothing where the octets do not fit the type. */
function columns(type: number, octets: Uint8Array): Record<string, string | number> {
  const hasAs = type === Type.interAs || type === Type.sharedJoin || type === Type.sourceJoin;
  const addressesAt = hasAs ? 4 : 0;
  if (octets.length < addressesAt) return {};
  const sourceAs = hasAs ? { source_as: readUint32(octets, 0) } : {};
  const rest = octets.subarray(addressesAt);
  if (type === Type.interAs) return rest.length === 0 ? sourceAs : {};
  if (type === Type.intraAs) return originatorOf(rest) ?? {};
  const source = addressAt(rest, 0);
  const group = source && addressAt(rest, source.end);
  if (source === undefined || group === undefined) return {};
  const behind = rest.subarray(group.end);
  const originator = type === Type.selective ? originatorOf(behind) : behind.length === 0 ? {} : undefined;
  return originator === undefined ? {} : {
    ...sourceAs,
    ...source.text !== "" && { source: source.text },
    ...group.text !== "" && { group: group.text },
    ...originator,
  };
}

function originatorOf(octets: Uint8Array): Record<string, string> | undefined {
  return octets.length === 4 || octets.length === 16 ? { originator: formatAddress(octets) } : undefined;
}

/** A length in bits and an address; the text of a wildcard (RFC 6625 §3) is empty. */
function addressAt(octets: Uint8Array, at: number): { text: string; end: number } | undefined {
  const bits = octets[at];
  if (bits !== 0 && bits !== 32 && bits !== 128) return undefined;
  const end = at + 1 + bits / 8;
  if (end > octets.length) return undefined;
  return { text: bits === 0 ? "" : formatAddress(octets.subarray(at + 1, end)), end };
}
