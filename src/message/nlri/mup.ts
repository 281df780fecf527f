/** NLRI of mobile user planes (draft-ietf-bess-mup-safi §3.1), kept as octets: an architecture, a type, a length. */

import type { NlriCodec, NlriFields } from "./codec.ts";
import { typedOctets } from "./opaque.ts";
import { formatRd, RD_BYTES } from "./rd.ts";

/** By architecture (1: 3GPP 5G) and route type, of one octet and two. */
const names = {
  0x010001: "interwork-segment",
  0x010002: "direct-segment",
  0x010003: "session-1",
  0x010004: "session-2",
};

export const mupCodec: NlriCodec = typedOctets({
  typeBytes: 3,
  lengthBytes: 1,
  names,
  fault: (type, _bytes, at, end) => type in names && end - at < RD_BYTES ? "no room for its RD" : undefined,
  fields(type, bytes, at): NlriFields {
    const more = { architecture: type >>> 16, route_type: type & 0xffff };
    return type in names ? { rd: formatRd(bytes, at), more } : { more };
  },
});
