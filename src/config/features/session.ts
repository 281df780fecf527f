/** How a session comes up and stays up: who connects, and the timers. */

import type { SessionConfig } from "../../session/mod.ts";
import { setting, type SettingTable, unless } from "../keys/key.ts";
import { fault, type Given } from "../keys/table.ts";
import { type ValueType, wrong } from "../keys/value_type.ts";
import { boolean, integer } from "../keys/values.ts";
import type { PeerLocation } from "./peer_location.ts";

export interface SpeakerSessionSettings {
  readonly pollIntervalSeconds: number;
}

export interface SessionSettings {
  readonly enabled: boolean;
  /** Never connect. Always true for a network. */
  readonly passive: boolean;
  /** Never accept a connection. */
  readonly dialOnly: boolean;
  /** The port to connect to. `undefined`: the one of the command line, or 179. */
  readonly port: number | undefined;
  readonly connectRetrySeconds: number;
  readonly delayOpenSeconds: number;
  readonly holdTimeSeconds: number;
  readonly sendHoldSeconds: number;
}

/** RFC 4271 §4.2: zero, or at least three seconds. */
const holdTime: ValueType<number> = {
  name: "seconds, 0 or 3 to 65535",
  parse(node, key, report) {
    const value = node.kind === "number" ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && (value === 0 || value >= 3) && value <= 65535) {
      return value;
    }
    return wrong(node, key, "0 (no keepalives) or 3 to 65535 seconds (RFC 4271 §4.2)", report);
  },
};

export const speakerSessionKeys = {
  poll_interval: setting({
    type: integer(1, 3600, "seconds"),
    doc: "time between attempts to connect to an idle peer",
    example: "30",
    default: 5,
    sets: { pollIntervalSeconds: "applies" },
  }),
} as const satisfies SettingTable;

export const sessionKeys = {
  dest_port: setting({
    type: integer(1, 65535),
    doc: "port to connect to",
    example: "1179",
    defaultText: "-p of the command line, or 179",
    sets: { port: "applies" },
    noEffect: notDialled,
  }),
  hold_timer: setting({
    type: holdTime,
    doc: "proposed hold time; 0: no keepalives",
    example: "180",
    default: 90,
    sets: { holdTimeSeconds: "resets" },
  }),
  send_hold_timer: setting({
    type: integer(0, 65535, "seconds"),
    doc: "close a session whose peer accepts no bytes for this long (RFC 9687); 0: never",
    example: "600",
    defaultText: "the larger of 480 and twice hold_timer",
    sets: { sendHoldSeconds: "applies" },
    noEffect: ({ holdTimeSeconds }: SessionSettings) =>
      unless(holdTimeSeconds > 0, "hold_timer is 0: there is no hold time"),
  }),
  connect_retry: setting({
    type: integer(1, 3600, "seconds"),
    doc: "time between attempts to connect",
    example: "10",
    defaultText: "poll_interval",
    sets: { connectRetrySeconds: "applies" },
    noEffect: notDialled,
  }),
  delay_open: setting({
    type: integer(0, 240, "seconds"),
    doc: "how long to wait for the peer's OPEN before sending ours (RFC 4271 §8.1.1)",
    example: "5",
    default: 0,
    sets: { delayOpenSeconds: "applies" },
  }),
  enabled: setting({
    type: boolean,
    doc: "false: no session; the peer stays configured",
    example: "false",
    default: true,
    sets: { enabled: "resets" },
  }),
  passive: setting({
    type: boolean,
    doc: "never connect, wait for the peer to connect",
    example: "true",
    default: false,
    sets: { passive: "applies" },
  }),
  dial_only: setting({
    type: boolean,
    doc: "never accept a connection from the peer; of peers with the same remote_ip and local_ip, all but one need it",
    example: "true",
    default: false,
    sets: { dialOnly: "applies" },
  }),
} as const satisfies SettingTable;

function notDialled({ passive }: SessionSettings): string | undefined {
  return unless(!passive, "the peer is passive: bgpd never connects to it");
}

export function readSpeakerSession({ values }: Given<typeof speakerSessionKeys>): SpeakerSessionSettings {
  return { pollIntervalSeconds: values.poll_interval ?? speakerSessionKeys.poll_interval.default };
}

export function readSession(
  given: Given<typeof sessionKeys>,
  location: PeerLocation | undefined,
  pollIntervalSeconds: number,
): SessionSettings {
  checkDialling(given, location);
  const { values } = given;
  const holdTimeSeconds = values.hold_timer ?? sessionKeys.hold_timer.default;
  const sendHold = values.send_hold_timer ?? 0;
  // RFC 9687: a peer that still has time to send its KEEPALIVE keeps its session.
  if (sendHold > 0 && sendHold <= holdTimeSeconds) {
    fault(given, "send_hold_timer", `send_hold_timer must be more than hold_timer (${holdTimeSeconds}), or 0`);
  }
  return {
    enabled: values.enabled ?? sessionKeys.enabled.default,
    passive: location?.kind === "network" || (values.passive ?? sessionKeys.passive.default),
    dialOnly: values.dial_only ?? sessionKeys.dial_only.default,
    port: values.dest_port,
    connectRetrySeconds: values.connect_retry ?? pollIntervalSeconds,
    delayOpenSeconds: values.delay_open ?? sessionKeys.delay_open.default,
    holdTimeSeconds,
    // RFC 9687: the greater of eight minutes and twice the hold time.
    sendHoldSeconds: values.send_hold_timer ?? Math.max(480, 2 * holdTimeSeconds),
  };
}

/** One of the two sides must connect. */
function checkDialling(given: Given<typeof sessionKeys>, location: PeerLocation | undefined): void {
  const { passive, dial_only: dialOnly } = given.values;
  if (location?.kind === "network" && passive === false) {
    fault(
      given,
      "passive",
      "passive = false is not possible with a network as remote_ip: there is no address to connect to",
    );
  }
  if (dialOnly !== true) return;
  if (location?.kind === "network" || location?.kind === "interface") {
    const what = location.kind === "network" ? "a network as remote_ip" : "interface and no remote_ip";
    fault(given, "dial_only", `dial_only needs one address: with ${what}, bgpd only accepts connections`);
  } else if (passive === true) {
    fault(
      given,
      "dial_only",
      "dial_only and passive together: bgpd would neither connect nor accept, so there would be no session",
    );
  }
}

/** DampPeerOscillations (RFC 4271 §8.1): how long a failing session rests, at first and at most. */
const idleHoldSeconds = 1;
const idleHoldMaxSeconds = 60;

export function timersForSession(settings: SessionSettings) {
  const { holdTimeSeconds, sendHoldSeconds, connectRetrySeconds, delayOpenSeconds, passive } = settings;
  return {
    holdTimeSeconds,
    sendHoldSeconds,
    connectRetrySeconds,
    idleHoldSeconds,
    idleHoldMaxSeconds,
    passive,
    delayOpenSeconds,
  } satisfies Partial<SessionConfig>;
}
