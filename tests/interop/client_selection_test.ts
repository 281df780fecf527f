/**
 * Three route servers with the same clients and the same policies: bgpd, OpenBGPD with `rde evaluate all`, BIRD with
 * `secondary`. Each client holds the same routes from all three (RFC 7947 §2.3.2): the best route for it of each
 * prefix, and all routes for it where it takes several paths. A fourth server, bgpd again, sends two paths.
 */
import assert from "node:assert/strict";
import {
  emptyAttributeSet,
  encodeAttributeSet,
  formatAsPath,
  MessageType,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { accepts, freePort } from "../support/net.ts";
import { Process, run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { testContext, viewUpdate } from "../support/update_view.ts";
import { waitFor } from "../support/wait.ts";
import { Bird } from "./peers/bird.ts";
import { OpenBgpd } from "./peers/openbgpd.ts";
import { canRun } from "./star.ts";
import { configHead } from "../support/config_text.ts";

const title = "bgpd, OpenBGPD and BIRD as route servers";
/** Says that the namespace is there. */
const onLink = "BGPD_TEST_ON_LINK";
const serverAsn = 65500;
const family = familyMask([IPV4_UNICAST]);
const prefixes = Array.from({ length: 16 }, (_, i) => `100.64.${i}.0/24`);

interface Client {
  readonly asn: number;
  readonly local: string;
  /** It takes several paths, and announces nothing. */
  readonly addPath: boolean;
}

let lastAddress = 1;

/** Another address on the link of the namespace. */
function linkAddress(): string {
  return `198.18.0.${++lastAddress}`;
}

const clients: readonly Client[] = [1, 2, 3, 4, 5].map((i) => ({
  asn: 65000 + i,
  local: linkAddress(),
  addPath: i === 5,
}));
const senders = clients.filter(({ addPath }) => !addPath);

interface Route {
  readonly from: Client;
  readonly prefix: string;
  /** Of the AS path: no two routes of a prefix have the same, so all servers prefer the same. */
  readonly length: number;
  /** ASNs of clients that it is not for. */
  readonly notFor: readonly number[];
}

/**
 * Routes as they are at first (`version` 0), and after a while: others are best, others are rejected, some are gone.
 */
function routes(version: number): Route[] {
  return prefixes.flatMap((prefix, p) =>
    senders.flatMap((from, i) => {
      if ((p + i + version) % 5 === 0) return [];
      const length = 1 + ((i + p * (version + 1)) % senders.length);
      const notFor = clients.filter((_, j) => (p * 7 + i * 3 + j * 5 + version) % 4 < 2).map(({ asn }) => asn);
      return [{ from, prefix, length, notFor }];
    })
  );
}

/**
 * What a client is to hold: of each prefix so many of the best routes that are not rejected for it and not its own.
 * `stopsAtOwn`: OpenBGPD goes on behind routes that it rejects, and gives up at a route of the client that it does not.
 */
function expected(client: Client, all: readonly Route[], most: number, stopsAtOwn: boolean): string[] {
  return prefixes.flatMap((prefix) => {
    const accepted = all.filter((route) => route.prefix === prefix && !route.notFor.includes(client.asn))
      .sort((a, b) => a.length - b.length);
    const own = accepted.findIndex(({ from }) => from === client);
    const candidates = stopsAtOwn && own !== -1 ? accepted.slice(0, own) : accepted;
    return candidates.filter(({ from }) => from !== client).slice(0, most)
      .map((route) => `${prefix} ${pathOf(route).join(" ")}`);
  }).sort();
}

function pathOf({ from, length }: Route): number[] {
  return [from.asn, ...new Array<number>(length - 1).fill(64_999)];
}

function message({ local, asn }: Client, prefix: string, route: Route | undefined): Uint8Array {
  const encoder = new UpdateEncoder({ ...testContext(), internal: false, localAsn: asn, remoteAsn: serverAsn });
  if (route === undefined) encoder.beginWithdraw(IPV4_UNICAST);
  else {
    const set = {
      ...emptyAttributeSet(),
      origin: 0 as const,
      asPath: [{ type: 2 as const, asns: pathOf(route) }],
      nextHop: parseAddress(local)!,
      communities: route.notFor.map((each) => serverAsn * 65536 + each),
    };
    encoder.begin(encodeAttributeSet(set), IPV4_UNICAST);
  }
  const { octets, length } = parsePrefix(prefix)!;
  encoder.add(new DataView(octets.buffer, octets.byteOffset).getInt32(0), 0, 0, 0, length, -1);
  encoder.finish();
  return encoder.take();
}

/** A client's session with one server. */
class Member {
  readonly client: Client;
  readonly #session: ScriptedPeer;
  #announced: readonly Route[] = [];

  constructor(client: Client, session: ScriptedPeer) {
    this.client = client;
    this.#session = session;
  }

  static async join(client: Client, { address, port }: Server): Promise<Member> {
    const { asn, local } = client;
    const addPath = { kind: "addPath", families: [{ afi: 1, safi: 1, receive: true, send: false }] } as const;
    const options = { local, address, port, asn, routerId: 0x0a000000 + asn, keepaliveMs: 10_000 };
    const capabilities = client.addPath ? [addPath] : [];
    return new Member(client, await ScriptedPeer.connect({ ...options, capabilities }));
  }

  /** Those of its own, with what has to be withdrawn for them. */
  announce(all: readonly Route[]): void {
    const own = all.filter(({ from }) => from === this.client);
    for (const { prefix } of this.#announced) {
      if (!own.some((route) => route.prefix === prefix)) this.#session.write(message(this.client, prefix, undefined));
    }
    for (const route of own) this.#session.write(message(this.client, route.prefix, route));
    this.#announced = own;
  }

  /** The routes that it holds after all messages so far. */
  get held(): string[] {
    const table = new Map<string, string>();
    const context = testContext({ internal: false, addPathReceive: this.client.addPath ? family : 0 });
    for (const { type, bytes } of this.#session.received) {
      if (type !== MessageType.update) continue;
      const { parts, withdrawn } = viewUpdate(bytes, context);
      for (const { prefix, pathId } of withdrawn) table.delete(`${prefix}#${pathId}`);
      for (const { announced, attributes } of parts) {
        for (const { prefix, pathId } of announced) {
          table.set(`${prefix}#${pathId}`, `${prefix} ${formatAsPath(attributes.asPath)}`);
        }
      }
    }
    return [...table.values()].sort();
  }

  close(): void {
    this.#session.close();
  }
}

interface Server {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** To the client that takes several paths. */
  readonly most: number;
}

function server(name: string, most: number): Server {
  const address = linkAddress();
  return { name, address, port: freePort(address), most };
}

function bgpdConfig({ address, port, most }: Server): string {
  const policies = clients.map(({ asn }) =>
    `[[policies]]\nname = "to-${asn}"\n[[policies.rules]]
match = { community = "${serverAsn}:${asn}" }\naction = "reject"\n[[policies.rules]]\naction = "accept"\n`
  );
  const peers = clients.map(({ asn, local, addPath }) =>
    `[[peers]]\nremote_ip = "${local}"\nremote_as = ${asn}
passive = true\nroute_server_client = true\nexport = "to-${asn}"
${addPath ? `add_path = "send"\nadd_path_send = ${most === Infinity ? '"all"' : most}` : ""}\n`
  );
  return configHead({ routerId: "10.0.0.254", asn: serverAsn, address, port }) +
    [...policies, ...peers].join("");
}

async function startOpenBgpd({ address, port }: Server, folder: string): Promise<Process> {
  const neighbors = clients.map(({ asn, local, addPath }) =>
    `neighbor ${local} {
  remote-as ${asn}
  local-address ${address}
  passive
  multihop 255
  announce IPv4 unicast
  ${addPath ? "announce add-path send all" : ""}
}`
  );
  const denied = clients.map(({ asn, local }) => `deny to ${local} community ${serverAsn}:${asn}`);
  const path = `${folder}/bgpd.conf`;
  await Deno.writeTextFile(
    path,
    `AS ${serverAsn}
router-id 10.0.0.253
listen on ${address} port ${port}
socket "${folder}/bgpd.sock"
fib-update no
transparent-as yes
rde evaluate all
${neighbors.join("\n")}
allow from any
allow to any
${denied.join("\n")}
match to any set nexthop no-modify
`,
  );
  // Nobody else may write it, and its unprivileged half must come to the socket.
  await Deno.chmod(path, 0o600);
  await Deno.chmod(folder, 0o755);
  await Deno.mkdir("/run/openbgpd", { recursive: true, mode: 0o755 });
  return new Process("/usr/sbin/bgpd", { args: ["-d", "-v", "-f", path] });
}

async function startBird({ address, port }: Server, folder: string): Promise<Process> {
  const protocols = clients.map(({ asn, local, addPath }) =>
    `filter to_${asn} {
  if (${serverAsn}, ${asn}) ~ bgp_community then reject;
  accept;
}
protocol bgp client_${asn} {
  local ${address} port ${port} as ${serverAsn};
  neighbor ${local} as ${asn};
  direct; strict bind yes; passive yes; rs client;
  ipv4 { import all; export filter to_${asn}; gateway direct; next hop keep; ${
      addPath ? "add paths tx" : "secondary"
    }; };
}`
  );
  const path = `${folder}/bird.conf`;
  await Deno.writeTextFile(
    path,
    `log stderr all;
router id 10.0.0.252;
ipv4 table master4 sorted;
protocol device { scan time 3600; }
${protocols.join("\n")}
`,
  );
  return new Process("bird", { args: ["-f", "-c", path, "-s", `${folder}/bird.ctl`] });
}

async function compare(): Promise<void> {
  const servers = [
    server("bgpd", Infinity),
    server("bgpd with two paths", 2),
    server("OpenBGPD", Infinity),
    server("BIRD", Infinity),
  ] as const;
  await using stack = new AsyncDisposableStack();
  for (const each of servers.slice(0, 2)) stack.use(await startBgpd({ config: bgpdConfig(each) }));
  const folders = [await Deno.makeTempDir(), await Deno.makeTempDir()] as const;
  for (const folder of folders) stack.defer(() => Deno.remove(folder, { recursive: true }));
  const others = [await startOpenBgpd(servers[2], folders[0]), await startBird(servers[3], folders[1])];
  for (const each of others) stack.defer(async () => void await each.stop());
  const log = () => others.map((each) => each.log()).join("\n");
  for (const { name, address, port } of servers.slice(2)) {
    await waitFor(`${name} to listen`, () => accepts(address, port), { detail: log });
  }
  const members = new Map<Server, Member[]>();
  for (const each of servers) {
    const joined = await Promise.all(clients.map((client) => Member.join(client, each)));
    for (const member of joined) stack.defer(() => member.close());
    members.set(each, joined);
  }
  for (const version of [0, 1, 2]) {
    const all = routes(version);
    for (const joined of members.values()) for (const member of joined) member.announce(all);
    for (const [{ name, most }, joined] of members) {
      for (const member of joined) {
        const wanted = expected(member.client, all, member.client.addPath ? most : 1, name === "OpenBGPD");
        assert.ok(wanted.length > 4);
        await waitFor(
          `what AS ${member.client.asn} holds of ${name} in version ${version}`,
          () => {
            assert.deepEqual(member.held, wanted);
            return true;
          },
          { detail: log },
        );
      }
    }
  }
}

/** This file once more, with addresses on a link: `secondary` of BIRD is not for next hops that it has to look up. */
async function compareOnLink(): Promise<void> {
  const script = "ip link set lo up && ip addr add 198.18.0.1/24 dev lo" +
    ' && exec "$@"';
  const test = [Deno.execPath(), "test", "-P", "--no-check", new URL(import.meta.url).pathname];
  const { code, stdout, stderr } = await run("unshare", ["-n", "sh", "-c", script, "sh", ...test], {
    env: { [onLink]: "1" },
  });
  assert.equal(code, 0, `${stdout}${stderr}`);
}

Deno.test({
  name: "RFC 7947 §2.3.2: each client holds the same routes of bgpd, of OpenBGPD and of BIRD, whatever is best",
  ignore: !canRun(title, [OpenBgpd, Bird], "unshare", "ip"),
  fn: () => Deno.env.has(onLink) ? compare() : compareOnLink(),
});
