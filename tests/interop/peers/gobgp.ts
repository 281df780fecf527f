/** GoBGP: driven by `gobgp` over gRPC on the daemon's own address. */
import { Process, run } from "../../support/process.ts";
import { freePort } from "../../support/net.ts";
import {
  type Feeder,
  isV6,
  type Origin,
  Peer,
  type PeerOptions,
  type PeerRoute,
  type ReceivedRoute,
  samePath,
} from "./peer.ts";

interface AttributeJson {
  readonly type: number;
  readonly nexthop?: string;
  readonly metric?: number;
  readonly as_paths?: readonly { readonly segment_type: number; readonly asns: readonly number[] }[];
  readonly communities?: readonly number[];
  readonly value?: unknown;
}

const afiSafis = {
  "ipv4 flowspec": "ipv4-flowspec",
  "ipv6 flowspec": "ipv6-flowspec",
  "ipv4 flowspec-vpn": "l3vpn-ipv4-flowspec",
  "ipv6 flowspec-vpn": "l3vpn-ipv6-flowspec",
  "ipv4 vpn": "l3vpn-ipv4-unicast",
  "ipv6 vpn": "l3vpn-ipv6-unicast",
  "ipv4 labeled": "ipv4-labelled-unicast",
  "ipv6 labeled": "ipv6-labelled-unicast",
  "evpn": "l2vpn-evpn",
  "rtc": "rtc",
  "vpls": "l2vpn-vpls",
  "bgp-ls": "ls",
};

export class GoBgp extends Peer {
  static readonly title = "GoBGP";
  static readonly programs = ["gobgpd", "gobgp"];
  static readonly shutdownReceived = /received notification.*[Cc]ode["=:]+6.*[Ss]ubcode["=:]+2/;
  static readonly givesReason = true;
  static readonly abilities = [
    "path",
    "addPath",
    "pathIds",
    "extendedNextHop",
    "gracefulRestart",
    "longLived",
  ] as const;
  readonly #api: { readonly host: string; readonly port: number };
  #announced: readonly PeerRoute[] = [];

  constructor(options: PeerOptions, folder: string) {
    super(options, folder);
    const host = isV6(options.local.address) ? "127.0.0.1" : options.local.address;
    this.#api = { host, port: freePort(host) };
  }

  protected override async configure(): Promise<void> {
    const { local, remote, routerId, passive, holdTimeSeconds = 90, feeders = [], addPath, lines = {} } = this.options;
    const paths = addPath
      ? "\n    [neighbors.afi-safis.add-paths.config]\n      receive = true\n      send-max = 8"
      : "";
    const family = (name: string) => `
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${name}"${paths}${this.#gracefulFamily}`;
    const families = ["ipv4-unicast", "ipv6-unicast", ...this.families(afiSafis)];
    await this.write(
      "gobgpd.toml",
      `[global.config]
  as = ${local.asn}
  router-id = "${routerId}"
  port = ${local.port}
  local-address-list = ["${local.address}"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${remote.address}"
    peer-as = ${remote.asn}
  [neighbors.transport.config]
    passive-mode = ${passive}
    local-address = "${local.address}"
    remote-port = ${remote.port}
${this.external ? "  [neighbors.ebgp-multihop.config]\n    enabled = true\n    multihop-ttl = 64" : ""}
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
    hold-time = ${holdTimeSeconds}
    keepalive-interval = ${Math.max(1, Math.floor(holdTimeSeconds / 3))}
${this.#graceful}${families.map(family).join("")}
${feeders.map((feeder) => neighbor(feeder, local.address)).join("")}
${lines.speaker ?? ""}
`,
    );
  }

  get #graceful(): string {
    const { restartSeconds = 120 } = this.options;
    if (!this.uses("gracefulRestart")) return "";
    return `  [neighbors.graceful-restart.config]
    enabled = true
    notification-enabled = true
    long-lived-enabled = ${this.uses("longLived")}
    restart-time = ${restartSeconds}
    deferral-time = 3
`;
  }

  get #gracefulFamily(): string {
    const { staleSeconds = 3600 } = this.options;
    if (!this.uses("gracefulRestart")) return "";
    const long = `
    [neighbors.afi-safis.long-lived-graceful-restart.config]
      enabled = true
      restart-time = ${staleSeconds}`;
    return `
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true${this.uses("longLived") ? long : ""}`;
  }

  protected override spawn(): Process {
    const api = `${this.#api.host}:${this.#api.port}`;
    const level = this.options.feeders === undefined ? "debug" : "info";
    const args = ["-f", `${this.folder}/gobgpd.toml`, "-t", "toml", "-l", level, "-p", "--api-hosts", api];
    const restart = this.isRestart && this.uses("gracefulRestart") ? ["-r"] : [];
    return new Process("gobgpd", { args: [...args, "--pprof-disable", ...restart] });
  }

  /** Each command is the arguments of one call, with spaces between them. */
  override async ask(...commands: readonly string[]): Promise<string> {
    let said = "";
    for (const command of commands) {
      const { stdout, stderr } = await this.#gobgp(...command.split(" "));
      said += stdout + stderr;
    }
    return said;
  }

  #gobgp(...args: string[]) {
    return run("gobgp", ["-u", this.#api.host, "-p", String(this.#api.port), ...args]);
  }

  protected override async ready(): Promise<boolean> {
    if (!(await this.#gobgp("global")).stdout.includes(String(this.options.local.asn))) return false;
    await this.announce(this.options.routes);
    return true;
  }

  override async established(): Promise<boolean> {
    const { stdout } = await this.#gobgp("neighbor", this.options.remote.address);
    return /BGP state = (BGP_FSM_)?ESTABLISHED/i.test(stdout);
  }

  override async announce(routes: readonly PeerRoute[]): Promise<void> {
    const family = (route: PeerRoute) => ["-a", isV6(route.prefix) ? "ipv6" : "ipv4"];
    const identifier = ({ pathId }: PeerRoute) => pathId === undefined ? [] : ["identifier", String(pathId)];
    const words = (name: string, values: readonly string[]) => values.length > 0 ? [name, values.join(",")] : [];
    for (const old of this.#announced) {
      if (routes.some((route) => samePath(route, old))) continue;
      await this.#must("global", "rib", "del", old.prefix, ...identifier(old), ...family(old));
    }
    for (const route of routes) {
      await this.#must(
        ...["global", "rib", "add", ...family(route), route.prefix, "nexthop", route.nextHop],
        ...["origin", route.origin ?? "igp"],
        ...identifier(route),
        ...route.asPath === undefined ? [] : ["aspath", route.asPath.replaceAll(" ", ",")],
        ...route.med === undefined ? [] : ["med", String(route.med)],
        ...route.localPref === undefined ? [] : ["local-pref", String(route.localPref)],
        ...words("community", route.communities),
        ...words("large-community", route.largeCommunities),
        ...route.extCommunities.flatMap((text) => ["rt", text.replace(/^rt:/, "")]),
      );
    }
    this.#announced = routes;
  }

  /** `disable` would leave the reason out; this comes back by itself. */
  override async shutdown(reason: string): Promise<void> {
    await this.#must("neighbor", this.options.remote.address, "shutdown", "--reason", reason);
  }

  override enable(): Promise<void> {
    return Promise.resolve();
  }

  async #must(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.#gobgp(...args);
    if (code !== 0) throw new Error(`gobgp ${args.join(" ")}: ${stdout}${stderr}`);
  }

  override async askRefresh(): Promise<void> {
    await this.#must("neighbor", this.options.remote.address, "softresetin");
  }

  override async received(): Promise<ReceivedRoute[]> {
    const found: ReceivedRoute[] = [];
    for (const family of ["ipv4", "ipv6"]) {
      const { stdout } = await this.#gobgp("neighbor", this.options.remote.address, "adj-in", "-a", family, "-j");
      const table: Record<string, readonly { readonly attrs?: readonly AttributeJson[] }[]> = JSON.parse(
        stdout || "{}",
      );
      for (const [prefix, paths] of Object.entries(table)) {
        for (const path of paths) found.push(readPath(prefix, path.attrs ?? []));
      }
    }
    return found;
  }
}

const origins: readonly Origin[] = ["igp", "egp", "incomplete"];

function neighbor({ address, asn }: Feeder, local: string): string {
  return `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${address}"
    peer-as = ${asn}
  [neighbors.transport.config]
    passive-mode = true
    local-address = "${local}"
  [neighbors.ebgp-multihop.config]
    enabled = true
    multihop-ttl = 64
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
`;
}

function readPath(prefix: string, attributes: readonly AttributeJson[]): ReceivedRoute {
  const find = (type: number) => attributes.find((attribute) => attribute.type === type);
  const large = (find(32)?.value ?? []) as { ASN: number; LocalData1: number; LocalData2: number }[];
  const extended = (find(16)?.value ?? []) as { type: number; subtype: number; value: string }[];
  const segments = find(2)?.as_paths ?? [];
  return {
    prefix,
    nextHop: find(3)?.nexthop ?? find(14)?.nexthop ?? "",
    asPath: segments.map(({ segment_type, asns }) => segment_type === 1 ? `{${asns.join(",")}}` : asns.join(" ")).join(
      " ",
    ),
    origin: origins[Number(find(1)?.value)],
    med: find(4)?.metric,
    localPref: find(5)?.value as number | undefined,
    originatorId: find(9)?.value as string | undefined,
    clusterList: find(10)?.value as string[] | undefined,
    communities: (find(8)?.communities ?? []).map((value) => `${value >>> 16}:${value & 0xffff}`),
    largeCommunities: large.map(({ ASN, LocalData1, LocalData2 }) => `${ASN}:${LocalData1}:${LocalData2}`),
    extCommunities: extended.map(({ subtype, value }) => `${subtype === 2 ? "rt" : subtype}:${value}`),
  };
}
