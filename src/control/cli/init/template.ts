/** The text of a new configuration: commented, complete, and right for the parser. */

import { tomlLines } from "../../../config/mod.ts";
import type { Choices, ChosenPeer, Role } from "./choices.ts";

export function configurationText(choices: Choices): string {
  const { role, routerId, asn, listen, database } = choices;
  return [
    `# bgpd: ${titles[role]}. \`bgpd check\` checks this file; \`bgpd check --keys\` lists all keys.`,
    "",
    "# Our BGP Identifier: an IPv4 address of this machine that no other BGP speaker has.",
    tomlLines({ router_id: routerId }) +
    "# Our AS.",
    tomlLines({ default_as: isNumber(asn) ? Number(asn) : asn }) +
    "# Where peers connect. A port below 1024 needs root or the capability CAP_NET_BIND_SERVICE.",
    tomlLines({ bgp_socket: listen.length === 1 ? listen[0] : listen }) +
    "# The SQLite database with routes, history and announcements; relative to the folder where bgpd starts.",
    tomlLines({ database }),
    ...more[role],
    "# Defaults for peers. Each peer may set each of these keys itself.",
    "[[groups]]",
    ...groups[role],
    ...passwordLines(choices),
    "",
    ...(choices.peers.length === 0 ? examplePeer(choices) : choices.peers.flatMap((peer) => peerLines(peer, role))),
    ...routes[role],
  ].join("\n").replaceAll(/\n{3,}/g, "\n\n").trimEnd() + "\n";
}

const titles: Readonly<Record<Role, string>> = {
  "collector": "a route collector",
  "route-server": "a route server (RFC 7947)",
  "reflector": "a route reflector (RFC 4456)",
  "injector": "an injector of routes",
  "lab": "a laboratory",
};

const groupNames: Readonly<Record<Role, string>> = {
  "collector": "collected",
  "route-server": "clients",
  "reflector": "clients",
  "injector": "routers",
  "lab": "lab",
};

const families = 'families = ["ipv4 unicast", "ipv6 unicast"]';

const more: Readonly<Record<Role, readonly string[]>> = {
  "collector": [
    "# Past states of routes are kept for so many days, in at most about so many MiB.",
    "history_days = 30",
    "history_max_mb = 8192",
    "",
  ],
  "route-server": [
    '# Routes of a client without import policy are not used (RFC 8212).\nrfc8212 = "strict"',
    "",
    "# What no client may announce. The most specific entry that covers a prefix decides.",
    "[[prefix_sets]]",
    'name = "bogons"',
    "prefixes = [",
    '  "0.0.0.0/8 le 32", "10.0.0.0/8 le 32", "100.64.0.0/10 le 32", "127.0.0.0/8 le 32", "169.254.0.0/16 le 32",',
    '  "172.16.0.0/12 le 32", "192.168.0.0/16 le 32", "224.0.0.0/3 le 32", "fc00::/7 le 128", "fe80::/10 le 128",',
    "]",
    "",
    "[[policies]]",
    'name = "from-clients"',
    'default = "accept"',
    "[[policies.rules]]",
    'name = "no bogons"',
    'match = { prefix = "bogons" }',
    'action = "reject"',
    "[[policies.rules]]",
    'name = "IPv4 too specific"',
    'match = { family = "ipv4 unicast", prefix_length = ">= 25" }',
    'action = "reject"',
    "[[policies.rules]]",
    'name = "IPv6 too specific"',
    'match = { family = "ipv6 unicast", prefix_length = ">= 49" }',
    'action = "reject"',
    "",
  ],
  "reflector": [
    "# Reflectors of one cluster have one cluster_id (RFC 4456 §7); without it, it is router_id.",
    '# cluster_id = "192.0.2.1"',
    "",
  ],
  "injector": [],
  "lab": ["# Seconds between attempts to connect to a peer.\npoll_interval = 2", ""],
};

const groups: Readonly<Record<Role, readonly string[]>> = {
  "collector": [
    `name = "${groupNames.collector}"`,
    families,
    'import = "all"                 # every route is stored',
    'export = "none"                # no route of a peer goes to another peer',
    'add_path = "receive"           # several paths of a prefix, if the peer sends them (RFC 7911)',
    "max_prefixes = 2000000         # more routes than this end the session",
    "# passive = true               # wait for the peer, never connect",
  ],
  "route-server": [
    `name = "${groupNames["route-server"]}"`,
    families,
    "route_server_client = true     # AS path, next hop, MED and communities pass unchanged",
    'import = "from-clients"',
    'export = "all"',
    "max_prefixes = 200000          # more routes than this end the session",
    '# role = "rs"                  # RFC 9234: only clients with role "rs-client" are accepted, or without a role',
  ],
  "reflector": [
    `name = "${groupNames.reflector}"`,
    families,
    "route_reflector_client = true  # routes of each client go to all other peers",
    'import = "all"',
    'export = "all"',
    'add_path = "both"              # several paths of a prefix, if the client supports it (RFC 7911)',
  ],
  "injector": [
    `name = "${groupNames.injector}"`,
    families,
    'import = "none"                # routes of the routers are stored, but not used',
    'export = "none"                # our own routes are always announced, others never',
  ],
  "lab": [
    `name = "${groupNames.lab}"`,
    families,
    'import = "all"',
    'export = "all"                 # peers get the routes of each other',
    "hold_timer = 30                # seconds without a message until a session ends",
  ],
};

const routes: Readonly<Record<Role, readonly string[]>> = {
  "collector": [],
  "route-server": [],
  "reflector": [],
  "injector": [
    "# Routes that are announced to all peers from the start. `bgpd announce` adds others at run time.",
    "# [[static_routes]]",
    '# prefix = "203.0.113.7/32"',
    '# communities = ["65535:666"]   # BLACKHOLE, RFC 7999',
  ],
  "lab": [
    "# A route of our own for all peers.",
    "[[static_routes]]",
    'prefix = "198.51.100.0/24"',
  ],
};

function passwordLines({ passwordFile }: Choices): string[] {
  if (passwordFile === undefined) {
    return ['# password_file = "/etc/bgpd/md5.key"   # TCP-MD5 (RFC 2385): a file that contains only the key'];
  }
  return [
    "# TCP-MD5 (RFC 2385): the file contains only the key.",
    tomlLines({ password_file: passwordFile }).trimEnd(),
  ];
}

function peerLines({ address, asn, description }: ChosenPeer, role: Role): string[] {
  const lines = tomlLines({
    ...description === undefined ? {} : { description },
    group: groupNames[role],
    remote_ip: address,
    remote_as: isNumber(asn) ? Number(asn) : asn,
  });
  return [`[[peers]]\n${lines}`];
}

function examplePeer({ role, asn }: Choices): string[] {
  const remote = role === "reflector" ? asn : "65001";
  return [
    "# A table for each peer; remote_ip may be a network, whose members may all connect.",
    "# [[peers]]",
    '# description = "router in Frankfurt"',
    `# group = "${groupNames[role]}"`,
    '# remote_ip = "192.0.2.2"',
    `# remote_as = ${remote}`,
    "",
  ];
}

/** An AS number in asdot notation is text in TOML. */
function isNumber(asn: string): boolean {
  return /^\d{1,10}$/.test(asn);
}
