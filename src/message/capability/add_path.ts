import { CapabilityCode } from "../code_points.ts";
import { type CapabilityRow, readEntries, type WireFamily } from "./row.ts";

/** The sender can receive, send, or both, several paths of one prefix. */
export interface AddPathCapability {
  readonly kind: "addPath";
  readonly families: readonly AddPathFamily[];
}

export interface AddPathFamily extends WireFamily {
  readonly send: boolean;
  readonly receive: boolean;
}

export const addPath: CapabilityRow<AddPathCapability> = {
  kind: "addPath",
  code: CapabilityCode.addPath,
  name: "ADD-PATH",
  rfc: "RFC 7911 §4",
  repeats: "last",
  decode(value) {
    let understood = true;
    const families = readEntries(value, (v) => {
      const afi = v.u16(), safi = v.u8(), mode = v.u8();
      // "If any other value is received, then the capability SHOULD be treated as not understood and ignored".
      if (mode < 1 || mode > 3) understood = false;
      return { afi, safi, send: (mode & 2) !== 0, receive: (mode & 1) !== 0 };
    });
    return understood ? { kind: "addPath", families } : undefined;
  },
  encode(capability, writer) {
    for (const { afi, safi, send, receive } of capability.families) {
      if (!send && !receive) continue;
      writer.u16(afi);
      writer.u8(safi);
      writer.u8((receive ? 1 : 0) | (send ? 2 : 0));
    }
  },
};
