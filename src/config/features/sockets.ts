/** Where bgpd listens: for BGP, and for the HTTP API and the metrics. */

import { fileMode } from "../keys/file_mode.ts";
import { filled, setting, type SettingTable, unless } from "../keys/key.ts";
import { socket, type SocketAddress } from "../keys/network_values.ts";
import { fault, type Given } from "../keys/table.ts";
import { listOf, text } from "../keys/values.ts";

export interface SocketSettings {
  /** Where to listen for BGP. Empty: the file names no socket, and the command line or its default decides. */
  readonly bgpSockets: readonly SocketAddress[];
  readonly apiSocket: SocketAddress | undefined;
  readonly apiTokenFile: string | undefined;
  /** Permission bits of the control socket. */
  readonly controlMode: number;
  /** Name or number. */
  readonly controlGroup: string | undefined;
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
  control_mode: setting({
    type: fileMode,
    doc: "permissions of the control socket; everyone who may write to it may change everything",
    example: '"0660"',
    default: 0o600,
    defaultText: '"0600"',
    sets: { controlMode: "next start" },
  }),
  control_group: setting({
    type: text,
    example: '"netops"',
    doc: 'group of the control socket, name or number; its members need control_mode "0660"',
    defaultText: "the group of the process",
    sets: { controlGroup: "next start" },
    noEffect: ({ controlMode }: SocketSettings) =>
      unless((controlMode & 0o060) !== 0, 'control_mode gives the group nothing: use control_mode = "0660"'),
  }),
} as const satisfies SettingTable;

export function readSockets(top: Given<typeof socketKeys>): SocketSettings {
  const { bgp_socket: bgpSockets = [], api_socket: apiSocket, api_token_file: apiTokenFile } = top.values;
  const { control_mode: controlMode, control_group: controlGroup } = filled(socketKeys, top.values);
  const nameOf = ({ address, port }: SocketAddress) => `${address} port ${port}`;
  const names = bgpSockets.map(nameOf);
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) fault(top, "bgp_socket", `bgp_socket: ${name} is listed twice`);
  }
  if (apiSocket !== undefined && names.includes(nameOf(apiSocket))) {
    fault(top, "api_socket", "api_socket and bgp_socket must differ: choose another port for api_socket");
  }
  return { bgpSockets, apiSocket, apiTokenFile, controlMode, controlGroup };
}
