/** Why a session ended, in the words of BMP (RFC 7854 §4.9). */

import { BmpDownReason } from "../../bmp/mod.ts";
import { createNotification, encodeNotification, ErrorCode } from "../../message/mod.ts";
import type { SessionEnd } from "../../rib/mod.ts";
import type { DownReason } from "../../session/mod.ts";

/** The event SendHoldTimer_Expires (RFC 9687 §3.2): no NOTIFICATION reaches the peer. */
const sendHoldTimerExpires = 29;

export function endOf(reason: DownReason): SessionEnd {
  switch (reason.kind) {
    case "notificationSent":
      return { reason: BmpDownReason.localNotification, data: encodeNotification(reason.notification) };
    case "holdTimerExpired":
      return {
        reason: BmpDownReason.localNotification,
        data: encodeNotification(createNotification(ErrorCode.holdTimerExpired)),
      };
    case "sendHoldTimerExpired":
      return { reason: BmpDownReason.localEvent, data: Uint8Array.of(0, sendHoldTimerExpires) };
    case "notificationReceived":
      return { reason: BmpDownReason.remoteNotification, data: encodeNotification(reason.notification) };
    case "connectionLost":
      return { reason: BmpDownReason.remoteClosed, data: new Uint8Array(0) };
  }
}
