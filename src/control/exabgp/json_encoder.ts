/** Messages as JSON, one on each line, as version 4 or 5 of ExaBGP's API has them. */

import { type ApiVersion, attributesJson } from "./attributes.ts";
import { type Json, jsonText } from "./json_text.ts";
import type { Direction, Encoder, Message, Update } from "./messages.ts";
import type { Neighbor } from "./neighbors.ts";
import { openJson } from "./open_json.ts";
import { hexText, type ProcessIds } from "./text_encoder.ts";

export interface JsonOptions extends ProcessIds {
  readonly version: ApiVersion;
  readonly host: string;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** The value of `exabgp` in messages. */
const versionText = { 4: "4.0.1", 5: "5.0.0" } as const;

/** Version 5 has other words for directions. */
const directionWords = { 4: { receive: "receive", send: "send" }, 5: { receive: "in", send: "out" } } as const;

export class JsonEncoder implements Encoder {
  readonly #options: JsonOptions;
  /** How many messages there were for each neighbor. */
  readonly #counts = new Map<string, number>();

  constructor(options: JsonOptions) {
    this.#options = options;
  }

  encode(message: Message): string {
    if (message.kind === "shutdown") return this.#line("notification", undefined, { notification: "shutdown" });
    return this.#line(typeOf(message), message.neighbor, {
      neighbor: {
        ...this.#neighbor(message.neighbor, "direction" in message ? message.direction : received(message)),
        ...contentOf(message, this.#options.version),
      },
    });
  }

  #line(type: string, neighbor: Neighbor | undefined, content: Record<string, Json>): string {
    const { version, host, pid, ppid, now } = this.#options;
    const head = { exabgp: versionText[version], time: now(), host, pid, ppid };
    if (neighbor === undefined) return jsonText({ ...head, type, ...content });
    const counter = (this.#counts.get(neighbor.name) ?? 0) + 1;
    this.#counts.set(neighbor.name, counter);
    return jsonText({ ...head, counter, type, ...content });
  }

  #neighbor(neighbor: Neighbor, direction: Direction | undefined): Record<string, Json> {
    const { address, localAddress, localAs, peerAs, routerId } = neighbor;
    const { version } = this.#options;
    return {
      address: { local: localAddress ?? "0.0.0.0", peer: address },
      asn: { local: localAs, peer: peerAs ?? 0 },
      ...version === 5 && { "router-id": routerId },
      ...direction !== undefined && { direction: directionWords[version][direction] },
    };
  }
}

function received({ kind }: Message): Direction | undefined {
  return kind === "update" || kind === "endOfRib" ? "receive" : undefined;
}

function typeOf({ kind }: Message): string {
  return kind === "endOfRib" ? "update" : kind;
}

function contentOf(message: Exclude<Message, { kind: "shutdown" }>, version: ApiVersion): Record<string, Json> {
  switch (message.kind) {
    case "state":
      return message.state === "down" ? { state: "down", reason: message.reason } : { state: message.state };
    case "update":
      return { message: { update: updateJson(message.update, version) } };
    case "endOfRib":
      return { message: { eor: { afi: message.afi, safi: message.safi } } };
    case "open":
      return { open: openJson(message.open, version) };
    case "notification": {
      const { code, subcode, data } = message;
      return { notification: { code, subcode, data: hexText(data) } };
    }
    case "negotiated": {
      const { messageBytes, holdTimeSeconds, fourOctetAs, routeRefresh, families } = message.negotiated;
      return {
        negotiated: {
          message_size: messageBytes,
          hold_time: holdTimeSeconds,
          asn4: fourOctetAs,
          multisession: false,
          operational: false,
          refresh: routeRefresh ? "normal" : "absent",
          families,
          nexthop: [],
          add_path: { send: [], receive: [] },
        },
      };
    }
    case "fsm":
      return { state: message.state };
    case "keepalive":
      return {};
  }
}

/** The value of `update`. */
export function updateJson({ attributes, announced, withdrawn }: Update, version: ApiVersion): Record<string, Json> {
  const attribute = attributes === undefined ? {} : attributesJson(attributes, version);
  const announce: Record<string, Record<string, Json[]>> = {};
  for (const { family, nextHop, json } of announced) {
    ((announce[family] ??= {})[nextHop ?? "no-nexthop"] ??= []).push(json);
  }
  const withdraw: Record<string, Json[]> = {};
  for (const { family, json } of withdrawn) (withdraw[family] ??= []).push(json);
  return {
    ...Object.keys(attribute).length > 0 && { attribute },
    ...announced.length > 0 && { announce },
    ...withdrawn.length > 0 && { withdraw },
  };
}
