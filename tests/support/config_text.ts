/** Configuration text for tests: the keys that every file needs, and the tables of peers. */
import assert from "node:assert/strict";
import { type Config, parseConfig } from "../../src/config/mod.ts";

export interface HeadOptions {
  readonly routerId?: string;
  readonly asn?: number;
  /** Where bgpd listens; without it `bgp_socket` is left out. */
  readonly address?: string;
  readonly port?: number;
}

/** The first lines of a file; AS 65000 unless said otherwise. */
export function configHead({ routerId = "10.0.0.1", asn = 65000, address, port }: HeadOptions = {}): string {
  const socket = address === undefined
    ? ""
    : `bgp_socket = "${address.includes(":") ? `[${address}]` : address}:${port}"\n`;
  return `router_id = "${routerId}"\ndefault_as = ${asn}\n${socket}`;
}

/** A `[[peers]]` table, AS 65001 unless said otherwise; `lines`: more of its keys. */
export function peerTable(
  remoteIp: string,
  { asn = 65001, lines = "" }: { asn?: number; lines?: string } = {},
): string {
  return `[[peers]]\nremote_ip = "${remoteIp}"\nremote_as = ${asn}\n${lines}\n`;
}

/** The configuration that a text means; the text has to be right. */
export function parsedConfig(text: string): Config {
  const result = parseConfig(text);
  assert.ok(result.kind === "config", `${JSON.stringify(result, undefined, 1)}\n${text}`);
  return result.config;
}
