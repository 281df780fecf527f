/** Where bgpd listens: for BGP, and for the HTTP API and the metrics. */

import { setting, type SettingTable, unless } from "../keys/key.ts";
import { socket, type SocketAddress } from "../keys/network_values.ts";
import { fault, type Given } from "../keys/table.ts";
import { listOf, text } from "../keys/values.ts";

export interface SocketSettings {
  /** Where to listen for BGP. Empty: the file names no socket, and the command line or its default decides. */
  readonly bgpSockets: readonly SocketAddress[];
  readonly apiSocket: SocketAddress | undefined;
  readonly apiTokenFile: string | undefined;
}

export const socketKeys = {
  bgp_socket: setting({
    type: listOf(socket(179)),
    doc: "address to listen on, or a list; -a and -p of the command line take precedence",
    example: '["0.0.0.0:179", "[::]:179"]',
    defaultText: '"127.0.0.1:179"',
    sets: { bgpSockets: "applies" },
  }),
  api_socket: setting({
    type: socket(undefined),
    doc: "address of the HTTP API and the metrics",
    example: '"127.0.0.1:8179"',
    defaultText: "none",
    sets: { apiSocket: "applies" },
  }),
  api_token_file: setting({
    type: text,
    doc: "file with the token for requests that change something; without this key, api_socket is read-only",
    example: '"/etc/bgpd/api.token"',
    defaultText: "none",
    sets: { apiTokenFile: "applies" },
    noEffect: ({ apiSocket }: SocketSettings) => unless(apiSocket !== undefined, "there is no api_socket"),
  }),
} as const satisfies SettingTable;

export function readSockets(top: Given<typeof socketKeys>): SocketSettings {
  const { bgp_socket: bgpSockets = [], api_socket: apiSocket, api_token_file: apiTokenFile } = top.values;
  const nameOf = ({ address, port }: SocketAddress) => `${address} port ${port}`;
  const names = bgpSockets.map(nameOf);
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) fault(top, "bgp_socket", `bgp_socket: ${name} is listed twice`);
  }
  if (apiSocket !== undefined && names.includes(nameOf(apiSocket))) {
    fault(top, "api_socket", "api_socket and bgp_socket must differ");
  }
  return { bgpSockets, apiSocket, apiTokenFile };
}
