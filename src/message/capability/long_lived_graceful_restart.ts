import { CapabilityCode } from "../code_points.ts";
import { type CapabilityRow, readEntries } from "./row.ts";
import type { GracefulRestartFamily } from "./graceful_restart.ts";

/** The sender keeps routes for `staleSeconds` after the time of graceful restart is over. */
export interface LongLivedGracefulRestartCapability {
  readonly kind: "longLivedGracefulRestart";
  readonly families: readonly LongLivedFamily[];
}

export interface LongLivedFamily extends GracefulRestartFamily {
  /** 24 bits. */
  readonly staleSeconds: number;
}

export const longLivedGracefulRestart: CapabilityRow<LongLivedGracefulRestartCapability> = {
  kind: "longLivedGracefulRestart",
  code: CapabilityCode.longLivedGracefulRestart,
  name: "long-lived graceful restart",
  rfc: "RFC 9494 §3",
  repeats: "last",
  decode(value) {
    const families = readEntries(
      value,
      (v) => ({ afi: v.u16(), safi: v.u8(), forwarding: (v.u8() & 0x80) !== 0, staleSeconds: v.u24() }),
    );
    return { kind: "longLivedGracefulRestart", families };
  },
  encode(capability, writer) {
    for (const { afi, safi, forwarding, staleSeconds } of capability.families) {
      writer.u16(afi);
      writer.u8(safi);
      writer.u8(forwarding ? 0x80 : 0);
      writer.u24(staleSeconds);
    }
  },
};
