/** Configurations with one mistake each, as people make them: `bgpd check` and `bgpd run` have to refuse each. */

export interface MistakeCase {
  readonly title: string;
  readonly config: string;
  /** What the message says: what is wrong, and what to do. */
  readonly says: readonly RegExp[];
}

export interface Surroundings {
  readonly port: number;
  /** A port where another program listens. */
  readonly busyPort: number;
  /** The database of a daemon that runs with another configuration. */
  readonly takenDatabase: string;
}

/** Files that the configurations name. */
export async function mistakeFiles(folder: string): Promise<void> {
  await Promise.all([
    Deno.writeTextFile(`${folder}/empty`, ""),
    Deno.writeTextFile(`${folder}/short`, "abc"),
    Deno.mkdir(`${folder}/folder`),
    Deno.symlink("empty", `${folder}/linked.db.lock`),
  ]);
  const { DatabaseSync } = await import("node:sqlite");
  for (
    const [name, sql] of [["other", ""], ["newer", "PRAGMA application_id = 0x62677064; PRAGMA user_version = 99"]]
  ) {
    const db = new DatabaseSync(`${folder}/${name}.db`);
    db.exec(`CREATE TABLE t(a); ${sql}`);
    db.close();
  }
}

const peer = '[[peers]]\nremote_ip = "127.0.0.9"\nremote_as = 65009\npassive = true\n';

/** A right configuration, and ways to spoil it. */
interface Draft {
  readonly head: string;
  /** With a line more in the peer; at the top; with a text in place of another one. */
  readonly inPeer: (line: string) => string;
  readonly onTop: (line: string) => string;
  readonly instead: (from: string, to: string) => string;
}

function draftOf(port: number): Draft {
  const head = `router_id = "192.0.2.1"\ndefault_as = 65000\nbgp_socket = "127.0.0.1:${port}"\n`;
  return {
    head,
    inPeer: (line) => `${head}${peer}${line}\n`,
    onTop: (line) => `${line}\n${head}${peer}`,
    instead: (from, to) => (head + peer).replace(from, to),
  };
}

function mistake(title: string, config: string, ...says: RegExp[]): MistakeCase {
  return { title, config, says };
}

export function thirtyMistakes(surroundings: Surroundings): readonly MistakeCase[] {
  const draft = draftOf(surroundings.port);
  return [...typos(draft), ...otherWords(draft), ...files(draft, surroundings), ...addresses(draft, surroundings)];
}

/** Typos, and names that no table has. */
function typos({ head, inPeer, onTop, instead }: Draft): MistakeCase[] {
  return [
    mistake("a misspelt key", inPeer("hold_tmer = 90"), /unknown key "hold_tmer"/, /did you mean hold_timer\?/),
    mistake("a misspelt table", head + '[[peer]]\nremote_ip = "127.0.0.9"\n', /"peer"/, /did you mean \[\[peers\]\]\?/),
    mistake("one bracket", head + '[peers]\nremote_ip = "127.0.0.9"\n', /write its header in two brackets/),
    mistake("a value without quotes", instead('"127.0.0.9"', "127.0.0.9"), /did you mean remote_ip = "127\.0\.0\.9"\?/),
    mistake("an open quote", instead('"127.0.0.9"', '"127.0.0.9'), /the closing quote is missing/),
    mistake(
      "a key in the wrong table",
      onTop("hold_timer = 90"),
      /hold_timer is a key of \[\[peers\]\].*: move it there/,
    ),
    mistake("a misspelt family", inPeer('families = ["ipv4 unicst"]'), /did you mean "ipv4 unicast"\?/),
    mistake("host bits", inPeer('[[static_routes]]\nprefix = "10.0.0.1/8"'), /host bits.*\n.*\n.*\n.*"10\.0\.0\.0\/8"/),
    mistake("a number that is too small", inPeer("hold_timer = 2"), /must be 0 \(no keepalives\) or 3 to 65535/),
    mistake(
      "a peer twice",
      head + peer + peer,
      /is already used on line 5; a second peer at that address needs a name/,
    ),
    mistake(
      "no router_id",
      instead('router_id = "192.0.2.1"\n', ""),
      /router_id is missing/,
      /router_id = "192\.0\.2\.1"\?/,
    ),
    mistake("no AS", instead("default_as = 65000\n", ""), /set local_as here, or default_as at the top level/),
    mistake(
      "a group that is not there",
      inPeer('group = "lab"'),
      /no \[\[groups\]\].*add \[\[groups\]\] with this name/,
    ),
    mistake("a policy that is not there", inPeer('import = "clean"'), /add \[\[policies\]\] with this name/),
  ];
}

/** Words of other daemons. */
function otherWords({ head, inPeer, instead }: Draft): MistakeCase[] {
  return [
    mistake("password of FRR", inPeer('password = "secret"'), /use password_file: the path of a file/),
    mistake("neighbor of FRR", head + '[[peers]]\nneighbor = "127.0.0.9"\nremote_as = 1\n', /did you mean remote_ip\?/),
    mistake("remote-as of FRR", instead("remote_as", "remote-as"), /did you mean remote_as\?/),
    mistake("ebgp-multihop of FRR", inPeer("ebgp-multihop = 2"), /no key is needed: .* ttl_security = HOPS/),
    mistake("a file of FRR", "router bgp 65000\n neighbor 127.0.0.9 remote-as 65009\n", /bgpd convert frr FILE/),
    mistake("a file of BIRD", "protocol bgp x {\n  local as 65000;\n}\n", /bgpd convert bird FILE/),
    mistake(
      "a file of GoBGP",
      "[global.config]\nas = 65000\n[[neighbors]]\n",
      /write router_id and default_as at the top/,
    ),
  ];
}

/** Files that are not there, or not what they should be. */
function files({ inPeer, onTop }: Draft, { port, takenDatabase }: Surroundings): MistakeCase[] {
  return [
    mistake("a password in place of a file", inPeer('password_file = "s3cret"'), /password_file is the path of a file/),
    mistake("an empty password file", inPeer('password_file = "empty"'), /has 0 octets: write a key of 1 to 80 octets/),
    mistake(
      "a folder as password file",
      inPeer('password_file = "folder"'),
      /it is a folder; password_file is the path/,
    ),
    mistake(
      "a short token",
      onTop('api_socket = "127.0.0.1:0"\napi_token_file = "short"').replace(":0", `:${port + 1}`),
      /the token is too short, or has spaces; write a token into it/,
    ),
    mistake("an included file that is not there", onTop('include = ["x.toml"]'), /no such file; correct include/),
    mistake("no folder for the database", onTop('database = "no/bgpd.db"'), /there is no folder .*; make it: mkdir -p/),
    mistake("a folder as database", onTop('database = "folder"'), /is a folder: name a file in it/),
    mistake(
      "the configuration as database",
      onTop('database = "bgpd.toml"'),
      /the configuration file itself: name another/,
    ),
    mistake("a database of another program", onTop('database = "other.db"'), /of another program; name another file/),
    mistake("a database of a newer bgpd", onTop('database = "newer.db"'), /newer bgpd .*; install that bgpd, or name/),
    mistake(
      "a database in use",
      onTop(`database = "${takenDatabase}"`),
      /belongs to bgpd with pid \d+, .*: name another/,
    ),
    mistake("a link in place of the lock", onTop('database = "linked.db"'), /lock is a symbolic link: remove it/),
    mistake("a group of users that is not there", onTop('database_group = "x-y"'), /create it with groupadd, or name/),
  ];
}

/** Addresses and ports that bgpd cannot use. */
function addresses({ inPeer, onTop, instead }: Draft, { port, busyPort }: Surroundings): MistakeCase[] {
  return [
    mistake(
      "a wrong listen address",
      instead("127.0.0.1:", "198.51.100.7:"),
      /not an address of this machine; choose one/,
    ),
    mistake(
      "a port in use",
      instead(`:${port}`, `:${busyPort}`),
      /in use by deno \(pid \d+\): stop that program, or choose/,
    ),
    mistake(
      "sockets that exclude each other",
      instead(`"127.0.0.1:${port}"`, `["127.0.0.1:${port}", "0.0.0.0:${port}"]`),
      /in use by another socket of this configuration: choose another address or port/,
    ),
    mistake(
      "the API on the port of BGP",
      onTop(`api_socket = "127.0.0.1:${port}"`),
      /must differ: choose another port/,
    ),
    mistake("the API on a port in use", onTop(`api_socket = "127.0.0.1:${busyPort}"`), /api_socket .* in use by deno/),
    mistake(
      "two families in one connection",
      inPeer('local_ip = "2001:db8::1"'),
      /IPv6 .* IPv4: .*; use an IPv4 address/,
    ),
    mistake(
      "a link-local address without a link",
      instead('"127.0.0.9"', '"fe80::1"'),
      /add our interface/,
      /did you mean "fe80::1%eth0"\?/,
    ),
  ];
}
