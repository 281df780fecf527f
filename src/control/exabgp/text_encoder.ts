/** Messages as lines of text: `neighbor 192.0.2.1 receive update announced 198.51.100.0/24 next-hop …`. */

import { capabilityName } from "../../message/mod.ts";
import { formatIpv4Number } from "../../types/mod.ts";
import { attributesText, hexOf } from "./attributes.ts";
import type { Encoder, Message, Update } from "./messages.ts";

export interface ProcessIds {
  readonly pid: number;
  readonly ppid: number;
}

export class TextEncoder implements Encoder {
  readonly #ids: ProcessIds;

  constructor(ids: ProcessIds) {
    this.#ids = ids;
  }

  encode(message: Message): string | undefined {
    if (message.kind === "shutdown") return `shutdown ${this.#ids.pid} ${this.#ids.ppid}`;
    const name = `neighbor ${message.neighbor.address}`;
    switch (message.kind) {
      case "state":
        return message.state === "down" ? `${name} down - ${message.reason}` : `${name} ${message.state}`;
      case "update":
        return updateText(`${name} receive update`, message.update);
      case "endOfRib": {
        const { afi, safi, code } = message;
        const start = `${name} receive update`;
        return `${start} start\n${start} route eor ${code.afi}/${code.safi} (${afi} ${safi})\n${start} end`;
      }
      case "open": {
        const { version, asn, holdTimeSeconds, routerId, capabilities } = message.open;
        const names = capabilities.map(capabilityName).join(", ").toLowerCase();
        return `${name} ${message.direction} open version ${version} asn ${asn} hold_time ${holdTimeSeconds}` +
          ` router_id ${formatIpv4Number(routerId)} capabilities [${names}]`;
      }
      case "keepalive":
        return `${name} ${message.direction} keepalive`;
      case "notification":
        return `${name} ${message.direction} notification code ${message.code} subcode ${message.subcode}` +
          ` data ${hexText(message.data)}`;
      case "negotiated":
      case "fsm":
        return undefined;
    }
  }
}

function updateText(start: string, { attributes, announced, withdrawn }: Update): string {
  const words = attributes === undefined ? "" : attributesText(attributes);
  const lines = [
    `${start} start`,
    ...announced.map(({ text, textEnd, nextHop }) =>
      nextHop === undefined
        ? `${start} ${text}${textEnd} ${words}`
        : `${start} announced ${text} next-hop ${nextHop}${textEnd}${words}`
    ),
    ...withdrawn.map(({ text, textEnd }) => `${start} withdrawn ${text}${textEnd}`),
    `${start} end`,
  ];
  return lines.join("\n");
}

/** ExaBGP writes octets as `0x…`. */
export function hexText(octets: Uint8Array): string {
  return `0x${hexOf(octets).toUpperCase()}`;
}
