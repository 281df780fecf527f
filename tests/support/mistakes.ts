/**
 * Configurations with one random mistake each: a right configuration in which one key, value, table or file is wrong,
 * or unusual. The file does not say which of them are refused: `bgpd check` and `bgpd run` have to agree about each.
 */

import { Random } from "../simulation/random.ts";

export interface Mistake {
  readonly what: string;
  readonly config: string;
}

/** A right configuration; files `key` (a TCP-MD5 key) and `token` stand beside it. */
interface Draft {
  readonly top: Map<string, string>;
  readonly group: Map<string, string>;
  readonly peers: Map<string, string>[];
  /** Lines at the end. */
  more: string;
}

interface Lab {
  readonly random: Random;
  readonly port: number;
  /** Somebody else listens there. */
  readonly busyPort: number;
}

type Spoil = (draft: Draft, lab: Lab) => string;

function draft({ random, port }: Lab): Draft {
  const network = `10.${random.between(0, 99)}.0.0/16`;
  return {
    top: new Map([
      ["router_id", '"192.0.2.1"'],
      ["default_as", "65000"],
      ["bgp_socket", `"127.0.0.1:${port}"`],
      ["database", '"bgpd.db"'],
      ["poll_interval", "3600"],
    ]),
    group: new Map([["name", '"lab"'], ["hold_timer", "90"]]),
    peers: [
      new Map([["remote_ip", '"127.0.0.9"'], ["remote_as", "65009"], ["passive", "true"], ["group", '"lab"']]),
      new Map([["remote_ip", `"${network}"`], ["enabled", "false"]]),
      new Map([["remote_ip", '"192.0.2.77"'], ["remote_as", "65077"], ["enabled", "false"]]),
    ],
    more: "",
  };
}

const onTop = (key: string, ...values: string[]): Spoil => ({ top }, { random }) => {
  const value = random.pick(values);
  top.set(key, value);
  return `${key} = ${value}`;
};

const onPeer = (key: string, ...values: string[]): Spoil => ({ peers }, { random }) => {
  const value = random.pick(values);
  random.pick(peers).set(key, value);
  return `${key} = ${value} of a peer`;
};

const onGroup = (key: string, ...values: string[]): Spoil => ({ group }, { random }) => {
  const value = random.pick(values);
  group.set(key, value);
  return `${key} = ${value} of a group`;
};

const atTheEnd = (...texts: string[]): Spoil => (draft, { random }) => {
  draft.more = random.pick(texts);
  return draft.more.replaceAll("\n", " ");
};

const spoils: readonly Spoil[] = [
  onTop("router_id", '"1.2.3"', '"0.0.0.0"', "5", '"fe80::1"'),
  onTop("default_as", "0", "4294967296", '"AS65000"', "23456"),
  onTop("bgp_socket", '"127.0.0.1:70000"', '"198.51.100.7:1179"', '"[2001:db8::99]:1179"', '"localhost:1179"', "[]"),
  onTop("api_socket", '"198.51.100.7:8179"', '"127.0.0.1"', '"127.0.0.1:99999"'),
  onTop("database", '"nowhere/bgpd.db"', '"key/bgpd.db"', '"folder"', '"other.db"', '"newer.db"', '"bgpd.toml"', '""'),
  onTop(
    "include",
    '"nowhere.toml"',
    '"none/*.toml"',
    '"folder"',
    '"circle.toml"',
    '"part.toml"',
    '["part.toml", 5]',
    '"*"',
  ),
  onTop("api_token_file", '"nowhere"', '"short"', '"folder"'),
  onTop("history", '"yes"', "1"),
  onTop("history_days", "0", "-1", "1.5"),
  onTop("poll_interval", "0", "-5", '"5"'),
  onTop("rfc8212", '"on"', "true"),
  onTop("multipath", "0", "99999"),
  onTop("multipath_relax", "true"),
  onTop("cluster_id", '"x"', '"300.1.1.1"'),
  onTop("confederation_id", "65500", "0"),
  onTop("routerid", '"192.0.2.1"'),
  onTop("hold_timer", "90"),
  onPeer("remote_ip", '"192.0.2.300"', '"10.0.0.0/33"', '"example.net"', '"127.0.0.9"', '"fe80::b"', '"224.0.0.5"'),
  onPeer("remote_as", "0", "-1", '"x"', "4294967296"),
  onPeer("local_as", "0", '"65001"'),
  onPeer("local_ip", '"2001:db8::1"', '"x"'),
  onPeer("hold_timer", "1", "2", "70000", '"90"'),
  onPeer("send_hold_timer", "30", "90", "-1"),
  onPeer("families", '["ipv4 unicst"]', '"ipv4 unicast"', "[]", '["ipv4 unicast", "ipv4 unicast"]'),
  onPeer("add_path", '"all"', '{ "ipv6 multicast" = "both" }'),
  onPeer("add_path_send", "3", "0", '"two"'),
  onPeer("password_file", '"nowhere"', '"empty"', '"folder"', '"long"', '""'),
  onPeer("ttl_security", "0", "256", "true"),
  onPeer("group", '"lob"', '"nobody"', "5"),
  onPeer("role", '"custmer"', '"rs_client"'),
  onPeer("role_strict", "true"),
  onPeer("import", '"some"', '["nobody"]', "5"),
  onPeer("export", '"everything"', '["nobody"]'),
  onPeer("max_prefixes", "0", '"10"', '{ "ipv9" = 5 }'),
  onPeer("max_prefixes_restart", "5"),
  onPeer("graceful_restart", '"on"', "true"),
  onPeer("restart_time", "5000", "77"),
  onPeer("next_hop", '"me"', '"127.0.0.300"'),
  onPeer("next_hop_ipv4", '"2001:db8::1"', '"224.0.0.1"', '"x"'),
  onPeer("passive", '"yes"', "1"),
  onPeer("holdtimer", "90"),
  onPeer("neighbor", '"192.0.2.9"'),
  onPeer("route_reflector_client", "true"),
  onPeer("name", '"127.0.0.9"', '""', '"lab router"'),
  onPeer("max_members", "5"),
  onGroup("hold_timer", "1", '"x"'),
  onGroup("remote_ip", '"192.0.2.9"'),
  onGroup("group", '"lab"', '"nobody"'),
  onGroup("name", '""', "5"),
  atTheEnd('[[peer]]\nremote_ip = "192.0.2.9"\n', '[[group]]\nname = "x"\n', '[[policy]]\nname = "x"\n'),
  atTheEnd("[peers]\n", "[[peers]\n", "x = \n", 'router_id = "192.0.2.1"\n', "[[peers]]\n"),
  atTheEnd('[[static_routes]]\nprefix = "10.0.0.1/8"\n', '[[static_routes]]\nprefix = "10.0.0.0/8"\nnext_hop = "x"\n'),
  atTheEnd(
    '[[static_routes]]\nprefix = "203.0.113.0/24"\nas_path = [65000, "{1,2"]\n',
    '[[static_routes]]\nprefix = "224.0.0.0/4"\n',
    '[[static_routes]]\nprefix = "203.0.113.0/24"\nnext_hop = "224.0.0.1"\n',
  ),
  atTheEnd('[[policies]]\nname = "x"\n[[policies.rules]]\nmatch = { prefix = "nobody" }\n', "[[policies]]\n"),
  atTheEnd('[[as_path_sets]]\nname = "x"\npatterns = ["(_65001"]\n', '[[prefix_sets]]\nname = "x"\nprefixes = ["x"]\n'),
  atTheEnd(
    '[[peers]]\nremote_ip = "198.18.0.0/15"\npassword_file = "key"\n' +
      '[[peers]]\nremote_ip = "198.18.0.9"\nremote_as = 1\npassive = true\n',
    '[[peers]]\nremote_ip = "198.18.0.0/15"\npassword_file = "key"\n[[peers]]\nremote_ip = "198.19.0.0/16"\n',
    '[[peers]]\nremote_ip = "192.0.2.9"\nremote_as = 65001\npassive = true\n',
  ),
  ({ top }, { busyPort }) => {
    top.set("bgp_socket", `"127.0.0.1:${busyPort}"`);
    return "bgp_socket is in use";
  },
  ({ top }, { busyPort }) => {
    top.set("api_socket", `"127.0.0.1:${busyPort}"`);
    return "api_socket is in use";
  },
  ({ top }, { port }) => {
    top.set("api_socket", `"127.0.0.1:${port}"`);
    return "api_socket is bgp_socket";
  },
  ({ top, peers }, { random }) => {
    const table = random.pick([top, ...peers]);
    const key = random.pick([...table.keys()]);
    table.delete(key);
    return `without ${key}`;
  },
];

export function mistakes(count: number, seed: number, ports: { port: number; busyPort: number }): Mistake[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const lab = { ...ports, random };
    const one = draft(lab);
    // Each kind as often as any other, with other values each time.
    const what = spoils[i % spoils.length]!(one, lab);
    return { what, config: textOf(one) };
  });
}

function textOf({ top, group, peers, more }: Draft): string {
  const lines = (table: Map<string, string>) => [...table].map(([key, value]) => `${key} = ${value}\n`).join("");
  return `${lines(top)}\n[[groups]]\n${lines(group)}\n${
    peers.map((peer) => `[[peers]]\n${lines(peer)}\n`).join("")
  }${more}`;
}

/** Files that the configurations name. */
export async function mistakenFiles(folder: string): Promise<void> {
  await Promise.all([
    Deno.writeTextFile(`${folder}/key`, "the key"),
    Deno.writeTextFile(`${folder}/empty`, ""),
    Deno.writeTextFile(`${folder}/long`, "x".repeat(81)),
    Deno.writeTextFile(`${folder}/short`, "abc"),
    Deno.writeTextFile(`${folder}/circle.toml`, 'include = "circle.toml"\n'),
    Deno.writeTextFile(`${folder}/part.toml`, '[[peers]]\nremote_ip = "192.0.2.88"\nremote_as = 65088\n'),
    Deno.mkdir(`${folder}/folder`),
  ]);
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(`${folder}/other.db`);
  other.exec("CREATE TABLE t(a)");
  other.close();
  const newer = new DatabaseSync(`${folder}/newer.db`);
  newer.exec("CREATE TABLE t(a); PRAGMA application_id = 0x62677064; PRAGMA user_version = 99");
  newer.close();
}
