import { CapabilityCode } from "../code_points.ts";
import { type CapabilityRow, readEntries, type WireFamily } from "./row.ts";

/**
 * ```
 * | Restart Flags (4 bits): R N . . | Restart Time (12 bits) |
 * | AFI (16 bits) | SAFI (8 bits) | Flags (8 bits): F . . .  |   … for each family
 * ```
 */
export interface GracefulRestartCapability {
  readonly kind: "gracefulRestart";
  /** R: the sender has restarted. */
  readonly restarting: boolean;
  /** N: NOTIFICATIONs other than Hard Reset keep routes too (RFC 8538 §2). */
  readonly notification: boolean;
  readonly restartSeconds: number;
  readonly families: readonly GracefulRestartFamily[];
}

export interface GracefulRestartFamily extends WireFamily {
  /** F: forwarding state was preserved. */
  readonly forwarding: boolean;
}

export const gracefulRestart: CapabilityRow<GracefulRestartCapability> = {
  kind: "gracefulRestart",
  code: CapabilityCode.gracefulRestart,
  name: "graceful restart",
  rfc: "RFC 4724 §3",
  repeats: "last",
  decode(value) {
    const head = value.u16();
    return {
      kind: "gracefulRestart",
      restarting: (head & 0x8000) !== 0,
      notification: (head & 0x4000) !== 0,
      restartSeconds: head & 0x0fff,
      families: readEntries(value, (v) => ({ afi: v.u16(), safi: v.u8(), forwarding: (v.u8() & 0x80) !== 0 })),
    };
  },
  encode(capability, writer) {
    const flags = (capability.restarting ? 0x8000 : 0) | (capability.notification ? 0x4000 : 0);
    writer.u16(flags | (capability.restartSeconds & 0x0fff));
    for (const { afi, safi, forwarding } of capability.families) {
      writer.u16(afi);
      writer.u8(safi);
      writer.u8(forwarding ? 0x80 : 0);
    }
  },
};
