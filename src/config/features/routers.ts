/** Routers: they report their peers and routes to bgpd by BMP (RFC 7854). */

import {
  canonicalAddress,
  formatAddress,
  formatPrefix,
  parseAddress,
  parsePrefix,
  type Prefix,
  prefixContains,
} from "../../types/mod.ts";
import { key, type KeyTable, setting, type SettingTable, unless } from "../keys/key.ts";
import { prefix, socket, type SocketAddress } from "../keys/network_values.ts";
import type { Given, TableReader } from "../keys/table.ts";
import { fail, type ValueType, wrong } from "../keys/value_type.ts";
import { boolean, integer, listOf, tables, text } from "../keys/values.ts";
import type { TomlTable } from "../toml/parse.ts";

export interface RouterSettings {
  /** One address, or all of a network. */
  readonly network: Prefix;
  /** The name in place of the one that the router says. */
  readonly name: string | undefined;
  /** bgpd connects to the router on this port. `undefined`: the router connects. */
  readonly port: number | undefined;
  readonly staleSeconds: number;
}

export interface SpeakerRouterSettings {
  /** Where routers connect. */
  readonly bmpSockets: readonly SocketAddress[];
  /** Routers that no table names may connect, too. */
  readonly bmpUnknownRouters: boolean;
  readonly routers: readonly RouterSettings[];
}

const defaultStaleSeconds = 300;

export const speakerRouterKeys = {
  bmp_socket: setting({
    type: listOf(socket(11019)),
    doc: "address on which routers connect to report by BMP (RFC 7854), or a list",
    example: '"0.0.0.0:11019"',
    defaultText: "none",
    sets: { bmpSockets: "applies" },
  }),
  bmp_unknown_routers: setting({
    type: boolean,
    doc: "accept routers that no table [[routers]] names",
    example: "true",
    default: false,
    sets: { bmpUnknownRouters: "applies" },
    noEffect: ({ bmpSockets }: SpeakerRouterSettings) => unless(bmpSockets.length > 0, "there is no bmp_socket"),
  }),
  routers: setting({
    type: tables,
    doc: "routers that report their peers and routes (BMP, RFC 7854); see [[routers]]",
    defaultText: "none",
    sets: { routers: "applies" },
    noEffect: ({ bmpSockets, routers }: SpeakerRouterSettings) =>
      unless(
        bmpSockets.length > 0 || routers.some(({ port }) => port !== undefined),
        "there is no bmp_socket, and no router has a port",
      ),
  }),
} as const satisfies SettingTable;

const addressOrNetwork: ValueType<Prefix> = {
  name: "IP address or network",
  parse(node, name, report) {
    const value = node.kind === "string" ? node.value : "";
    if (value.includes("/")) return prefix.parse(node, name, report);
    const address = canonicalAddress(value);
    if (address === undefined) return wrong(node, name, 'an address or network such as "192.0.2.0/24"', report);
    return parsePrefix(address) ?? fail(node, `${name}: ${address} needs no zone`, report);
  },
};

export const routerKeys = {
  address: key({
    type: addressOrNetwork,
    doc: "address of the router, or a network from which any router may connect",
    example: '"192.0.2.1"',
    defaultText: "required",
  }),
  name: key({
    type: text,
    doc: "name of the router in the database, in logs and metrics",
    example: '"edge1"',
    defaultText: "the name that the router says",
  }),
  port: key({
    type: integer(1, 65535),
    doc: "bgpd connects to the router on this port, in place of waiting for the router",
    example: "11019",
    defaultText: "none",
  }),
  stale_time: key({
    type: integer(0, 86_400, "seconds"),
    doc: "how long the routes stay after the connection was lost",
    example: "60",
    default: defaultStaleSeconds,
  }),
} as const satisfies KeyTable;

export function readSpeakerRouters(
  { values }: Given<typeof speakerRouterKeys>,
  reader: TableReader,
): SpeakerRouterSettings {
  const routers: RouterSettings[] = [];
  for (const node of values.routers ?? []) {
    const router = readRouter(node, reader);
    if (router === undefined) continue;
    const same = routers.find(({ network }) => formatPrefix(network) === formatPrefix(router.network));
    const named = routers.find(({ name }) => name !== undefined && name === router.name);
    if (same !== undefined) {
      reader.report.add(
        node.keyAt,
        `another table [[routers]] has the address ${routerAddress(router) ?? formatPrefix(router.network)}`,
      );
    } else if (named !== undefined) {
      reader.report.add(node.keyAt, `another router has the name ${router.name}: give one of them another name`);
    } else routers.push(router);
  }
  const { bmp_socket: bmpSockets = [], bmp_unknown_routers: bmpUnknownRouters = false } = values;
  return { bmpSockets, bmpUnknownRouters, routers };
}

function readRouter(node: TomlTable, reader: TableReader): RouterSettings | undefined {
  const table = reader.read(node, routerKeys, "[[routers]]");
  const { address, name, port, stale_time: staleSeconds = defaultStaleSeconds } = table.values;
  if (address === undefined) {
    if (!table.has("address")) reader.report.add(table.start, 'address is missing, such as "192.0.2.1"');
    return undefined;
  }
  const isNetwork = address.length < 8 * address.octets.length;
  if (isNetwork && port !== undefined) {
    reader.report.add(table.at("port"), "port: bgpd connects to one address, and this is a network");
  }
  if (isNetwork && name !== undefined) {
    reader.report.add(table.at("name"), "name: the routers of a network have the names that they say");
  }
  return { network: address, name, port, staleSeconds };
}

/** The address of a single router; `undefined`: of a network. */
export function routerAddress({ network }: Pick<RouterSettings, "network">): string | undefined {
  return network.length === 8 * network.octets.length ? formatAddress(network.octets) : undefined;
}

/** The settings for a router with this address: of its own table, or of the smallest network. */
export function routerAt(
  { routers, bmpUnknownRouters }: SpeakerRouterSettings,
  address: string,
): RouterSettings | undefined {
  const octets = parseAddress(address.split("%")[0]!);
  if (octets === undefined) return undefined;
  let found: RouterSettings | undefined;
  for (const router of routers) {
    const { network } = router;
    if (network.octets.length !== octets.length || !prefixContains(network, octets)) continue;
    if (found === undefined || network.length > found.network.length) found = router;
  }
  if (found !== undefined || !bmpUnknownRouters) return found;
  const network = { octets, length: 8 * octets.length };
  return { network, name: undefined, port: undefined, staleSeconds: defaultStaleSeconds };
}
