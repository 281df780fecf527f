/** A message as facts, read by our own decoders. */
import {
  type AttributeSet,
  type Capability,
  capabilityCode,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  formatAsPath,
  formatLargeCommunity,
  messageLength,
  MessageType,
  messageType,
  type UpdateContext,
} from "../../../src/message/mod.ts";
import { formatIpv4Number } from "../../../src/types/mod.ts";
import { toHex } from "../../golden/golden.ts";
import { type NlriView, type UpdateView, viewUpdate } from "../../support/update_view.ts";
import type { MessageFacts, UpdateFacts } from "./facts.ts";
import { nlriText } from "./ours_nlri.ts";

export interface OurMessage {
  readonly facts: MessageFacts;
  /** Of an UPDATE: what follows from it, and why. */
  readonly view: UpdateView | undefined;
}

export function readOurselves(bytes: Uint8Array, context: UpdateContext): OurMessage {
  const base = { type: messageType(bytes, 0), length: messageLength(bytes, 0) };
  switch (base.type) {
    case MessageType.open:
      return { facts: { ...base, ...openOf(bytes) }, view: undefined };
    case MessageType.update: {
      const view = viewUpdate(bytes, context);
      return { facts: { ...base, update: updateOf(view) }, view };
    }
    case MessageType.notification: {
      const { code, subcode, data } = decodeNotification(bytes);
      return { facts: { ...base, notification: `${code}/${subcode} ${toHex(data)}`.trim() }, view: undefined };
    }
    case MessageType.routeRefresh: {
      const result = decodeRouteRefresh(bytes);
      const text = result.kind === "routeRefresh" ? `${result.afi}/${result.safi}/${result.subtype}` : result.kind;
      return { facts: { ...base, routeRefresh: text }, view: undefined };
    }
    default:
      return { facts: base, view: undefined };
  }
}

function openOf(bytes: Uint8Array): Pick<MessageFacts, "open"> {
  const result = decodeOpen(bytes);
  if (result.kind === "fault") return {};
  const { version, asn, holdTimeSeconds, routerId, capabilities } = result.open;
  return {
    open: {
      version,
      asn,
      holdTimeSeconds,
      routerId: formatIpv4Number(routerId),
      capabilities: capabilities.map(capabilityText),
    },
  };
}

const bit = (value: boolean) => value ? "1" : "0";

function capabilityText(capability: Capability): string {
  const code = capabilityCode(capability);
  switch (capability.kind) {
    case "multiprotocol":
      return `${code} ${capability.afi}/${capability.safi}`;
    case "gracefulRestart": {
      const { restarting, notification, restartSeconds, families } = capability;
      const list = families.map(({ afi, safi, forwarding }) => `${afi}/${safi}/${bit(forwarding)}`).join(" ");
      return `${code} ${bit(restarting)} ${bit(notification)} ${restartSeconds} ${list}`.trim();
    }
    case "fourOctetAs":
      return `${code} ${capability.asn}`;
    case "extendedNextHop": {
      const hex = (n: number) => n.toString(16).padStart(4, "0");
      return `${code} ${capability.entries.map((e) => hex(e.afi) + hex(e.safi) + hex(e.nextHopAfi)).join("")}`;
    }
    case "addPath": {
      const mode = (send: boolean, receive: boolean) => (receive ? 1 : 0) + (send ? 2 : 0);
      return `${code} ${capability.families.map((f) => `${f.afi}/${f.safi}/${mode(f.send, f.receive)}`).join(" ")}`;
    }
    case "fqdn":
      return `${code} ${capability.host} ${capability.domain}`;
    case "role":
      return `${code} ${capability.role.toString(16).padStart(2, "0")}`;
    case "longLivedGracefulRestart": {
      const hex = capability.families.map(({ afi, safi, forwarding, staleSeconds }) => {
        return [afi, safi, forwarding ? 128 : 0, staleSeconds].map((n, i) =>
          n.toString(16).padStart([4, 2, 2, 6][i]!, "0")
        ).join("");
      });
      return `${code} ${hex.join("")}`.trim();
    }
    case "unknown":
      return `${code} ${toHex(capability.value)}`.trim();
    default:
      return String(code);
  }
}

function updateOf(view: UpdateView): UpdateFacts {
  const text = (nlri: NlriView) => {
    const prefix = nlri.value === undefined ? nlri.prefix : nlriText(nlri, nlri.value);
    return nlri.pathId === -1 ? prefix : `${prefix} path ${nlri.pathId}`;
  };
  const [part] = view.parts;
  const other = /family (\d+\/\d+) was not negotiated/.exec(view.notice ?? "")?.[1];
  return {
    withdrawn: view.withdrawn.map(text),
    announced: view.parts.flatMap(({ announced }) => announced.map(text)),
    attributes: part === undefined ? {} : attributesOf(part.attributes, part.nextHop),
    ...other === undefined ? {} : { otherFamily: other },
  };
}

function attributesOf(set: AttributeSet, nextHop: string | undefined): Record<string, string> {
  const list = <T>(items: readonly T[], text: (item: T) => string) =>
    items.length === 0 ? undefined : items.map(text).join(" ");
  const values: Record<string, string | undefined> = {
    origin: set.origin?.toString(),
    asPath: formatAsPath(set.asPath),
    nextHop,
    med: set.med?.toString(),
    localPref: set.localPref?.toString(),
    atomicAggregate: set.atomicAggregate ? "true" : undefined,
    aggregator: set.aggregator === undefined
      ? undefined
      : `${set.aggregator.asn} ${formatIpv4Number(set.aggregator.address)}`,
    communities: list(set.communities, (n) => String(n >>> 16)),
    originatorId: set.originatorId === undefined ? undefined : formatIpv4Number(set.originatorId),
    clusterList: list(set.clusterList, formatIpv4Number),
    extCommunities: list(set.extCommunities, toHex),
    largeCommunities: list(set.largeCommunities, formatLargeCommunity),
  };
  if (set.otc !== undefined) values["attribute 35"] = "there";
  for (const { code } of set.unknown) values[`attribute ${code}`] = "there";
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
