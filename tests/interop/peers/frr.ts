/** FRR's bgpd alone, without zebra: driven by `vtysh` over its own socket. */
import { Process, run } from "../../support/process.ts";
import { type Feeder, inNumbers, isV6, type Origin, Peer, type PeerRoute, type ReceivedRoute } from "./peer.ts";

interface PathJson {
  readonly peer?: { readonly peerId?: string };
  readonly aspath?: { readonly string: string };
  readonly origin?: string;
  readonly metric?: number;
  readonly locPrf?: number;
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
  readonly community?: { readonly string: string };
  readonly largeCommunity?: { readonly string: string };
  readonly extendedCommunity?: { readonly string: string };
  readonly nexthops?: readonly { readonly ip: string; readonly scope?: string }[];
}

interface TableJson {
  readonly routes?: Readonly<Record<string, unknown>>;
}

interface PrefixJson {
  readonly prefix: string;
  readonly paths?: readonly PathJson[];
}

const addressFamilies = {
  "ipv4 flowspec": "ipv4 flowspec",
  "ipv6 flowspec": "ipv6 flowspec",
  "ipv4 vpn": "ipv4 vpn",
  "ipv6 vpn": "ipv6 vpn",
  "ipv4 labeled": "ipv4 labeled-unicast",
  "ipv6 labeled": "ipv6 labeled-unicast",
  "evpn": "l2vpn evpn",
};

export class Frr extends Peer {
  static readonly title = "FRR";
  static readonly programs = ["/usr/lib/frr/bgpd", "vtysh"];
  static readonly shutdownReceived = /NOTIFICATION(\(Hard Reset\))?: received from neighbor \S+ 6\/2/;
  static readonly givesReason = true;
  static readonly abilities = [
    "twoOctets",
    "path",
    "addPath",
    "extendedNextHop",
    "gracefulRestart",
    "longLived",
    "role",
  ] as const;
  #announced: readonly PeerRoute[] = [];

  protected override async configure(routes: readonly PeerRoute[]): Promise<void> {
    const { local, remote, routerId, passive, holdTimeSeconds = 90, feeders = [], lines = {}, role } = this.options;
    const peer = `neighbor ${remote.address}`;
    this.#announced = routes;
    await this.write("vtysh.conf", "");
    await this.write(
      "bgpd.conf",
      `frr defaults traditional
hostname peer
log stdout informational
! without this a route-map sends nothing in the first five seconds
bgp route-map delay-timer 0
route-map nothing deny 10
${routes.flatMap(routeMap).join("\n")}
${lines.speaker ?? ""}
router bgp ${local.asn}
 bgp router-id ${routerId}
 bgp log-neighbor-changes
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
 bgp allow-martian-nexthop
 bgp disable-ebgp-connected-route-check
 coalesce-time 10
${this.#graceful} ${peer} remote-as ${remote.asn}
 ${peer} port ${remote.port}
 ${peer} update-source ${local.address}
 ${peer} disable-connected-check
 ${this.external ? `${peer} ebgp-multihop 255` : ""}
 ${passive ? `${peer} passive` : ""}
 ${peer} timers ${Math.max(1, Math.floor(holdTimeSeconds / 3))} ${holdTimeSeconds}
 ${peer} timers connect 1
 ${this.uses("twoOctets") ? `${peer} dont-capability-negotiate` : ""}
 ${this.uses("extendedNextHop") ? `${peer} capability extended-nexthop` : ""}
 ${role === undefined ? "" : `${peer} local-role ${role === "rs" ? "rs-server" : role}`}
 ${peer} advertisement-interval 0
${feeders.map(feederLines).join("\n")}
 ${lines.session?.replaceAll("PEER", peer) ?? ""}
 ${["ipv4", "ipv6"].map((family) => this.#family(family, routes)).join("\n")}
${
        this.families(addressFamilies).map((family) =>
          ` address-family ${family}\n  ${peer} activate\n exit-address-family`
        ).join("\n")
      }
`,
    );
    // It gives up root's rights to a user that must be able to come in.
    await Deno.chmod(this.folder, 0o755);
  }

  get #graceful(): string {
    const { restartSeconds = 120, staleSeconds = 3600 } = this.options;
    if (!this.uses("gracefulRestart")) return "";
    const lines = [
      "graceful-restart",
      "graceful-restart preserve-fw-state",
      `graceful-restart restart-time ${restartSeconds}`,
      ...this.uses("longLived") ? [`long-lived-graceful-restart stale-time ${staleSeconds}`] : [],
    ];
    return lines.map((line) => ` bgp ${line}\n`).join("");
  }

  #family(family: string, routes: readonly PeerRoute[]): string {
    const { remote: { address }, feeders = [], addPath, lines = {} } = this.options;
    // FRR refuses labelled unicast beside unicast.
    if (this.options.families?.includes(`${family} labeled`) === true) return "";
    const own = routes.filter((route) => isV6(route.prefix) === (family === "ipv6"));
    return [
      ` address-family ${family} unicast`,
      ...own.map((route) => `  network ${route.prefix} route-map ${mapName(route)}`),
      `  neighbor ${address} activate`,
      `  neighbor ${address} attribute-unchanged next-hop`,
      ...lines.family === undefined ? [] : [lines.family.replaceAll("PEER", `neighbor ${address}`)],
      ...addPath ? [`  neighbor ${address} addpath-tx-all-paths`] : [],
      ...feeders.flatMap((feeder) => [
        `  neighbor ${feeder.address} activate`,
        `  neighbor ${feeder.address} route-map nothing out`,
      ]),
      " exit-address-family",
    ].join("\n");
  }

  protected override spawn(): Process {
    const { local } = this.options;
    const args = ["-f", `${this.folder}/bgpd.conf`, "-p", String(local.port), "-l", local.address, "-n", "-Z", "-S"];
    const own = ["-P", "0", "--vty_socket", this.folder, "-i", `${this.folder}/bgpd.pid`, "-N", `peer${local.port}`];
    return new Process("/usr/lib/frr/bgpd", { args: [...args, ...own, "--log", "stdout", ...this.options.args ?? []] });
  }

  override ask(...commands: readonly string[]): Promise<string> {
    return this.#vtysh(...commands);
  }

  async #vtysh(...commands: string[]): Promise<string> {
    const flags = ["--vty_socket", this.folder, "--config_dir", this.folder, "-d", "bgpd"];
    return (await run("vtysh", [...flags, ...commands.flatMap((command) => ["-c", command])])).stdout;
  }

  /** What each command says, in one go: starting vtysh costs more than the answers. */
  async #documents(commands: readonly string[]): Promise<unknown[]> {
    if (commands.length === 0) return [];
    const said = await this.#vtysh(...commands);
    return said.split(/^(?=\{)/m).filter((text) => text.startsWith("{")).map((text) => JSON.parse(text));
  }

  protected override async ready(): Promise<boolean> {
    return (await this.#vtysh("show bgp summary")).includes("router identifier");
  }

  override async established(): Promise<boolean> {
    const { address } = this.options.remote;
    const said = JSON.parse(await this.#vtysh(`show bgp neighbors ${address} json`));
    return said[address]?.bgpState === "Established";
  }

  override async announce(routes: readonly PeerRoute[]): Promise<void> {
    const family = (route: PeerRoute) => isV6(route.prefix) ? "ipv6" : "ipv4";
    const change = (route: PeerRoute, no: string) => [
      `address-family ${family(route)} unicast`,
      `${no}network ${route.prefix} route-map ${mapName(route)}`,
      "exit-address-family",
    ];
    const enter = ["configure terminal"];
    const gone = this.#announced.filter((old) => !routes.some((route) => route.prefix === old.prefix));
    await this.#vtysh(
      ...enter,
      ...routes.flatMap(routeMap),
      `router bgp ${this.options.local.asn}`,
      ...gone.flatMap((route) => change(route, "no ")),
      ...routes.flatMap((route) => change(route, "")),
    );
    this.#announced = routes;
  }

  override async askRefresh(): Promise<void> {
    const { address } = this.options.remote;
    await this.#vtysh(`clear bgp ipv4 unicast ${address} soft in`, `clear bgp ipv6 unicast ${address} soft in`);
  }

  override async shutdown(reason: string): Promise<void> {
    await this.#change(`neighbor ${this.options.remote.address} shutdown message ${reason}`);
  }

  override async enable(): Promise<void> {
    await this.#change(`no neighbor ${this.options.remote.address} shutdown`);
  }

  async #change(line: string): Promise<void> {
    await this.#vtysh("configure terminal", `router bgp ${this.options.local.asn}`, line);
  }

  override async received(): Promise<ReceivedRoute[]> {
    const families = ["ipv4", "ipv6"];
    const tables = await this.#documents(families.map((family) => `show bgp ${family} unicast json`));
    const commands = families.flatMap((family, i) =>
      Object.keys((tables[i] as TableJson).routes ?? {}).map((prefix) => `show bgp ${family} unicast ${prefix} json`)
    );
    const found: ReceivedRoute[] = [];
    for (const { prefix, paths = [] } of (await this.#documents(commands)) as PrefixJson[]) {
      for (const path of paths) {
        if (path.peer?.peerId === this.options.remote.address) found.push(readPath(prefix, path));
      }
    }
    return found;
  }
}

function readPath(prefix: string, path: PathJson): ReceivedRoute {
  const words = (text: string | undefined) => (text ?? "").split(" ").filter((word) => word !== "");
  const asPath = path.aspath?.string ?? "";
  return {
    prefix,
    nextHop: path.nexthops?.find((hop) => hop.scope !== "link-local")?.ip ?? "",
    asPath: asPath === "Local" ? "" : asPath,
    origin: path.origin?.toLowerCase() as Origin | undefined,
    med: path.metric,
    localPref: path.locPrf,
    originatorId: path.originatorId,
    clusterList: path.clusterList?.list,
    communities: words(path.community?.string).map(inNumbers),
    largeCommunities: words(path.largeCommunity?.string),
    extCommunities: words(path.extendedCommunity?.string).map((text) => text.toLowerCase()),
  };
}

function feederLines({ address, asn }: Feeder): string {
  const peer = ` neighbor ${address}`;
  return [
    `${peer} remote-as ${asn}`,
    `${peer} disable-connected-check`,
    `${peer} ebgp-multihop 255`,
    `${peer} passive`,
    `${peer} timers connect 1`,
  ].join("\n");
}

function mapName(route: PeerRoute): string {
  return `m${route.prefix.replaceAll(/[^0-9a-f]/g, "_")}`;
}

function routeMap(route: PeerRoute): string[] {
  const lines = [`route-map ${mapName(route)} permit 10`];
  lines.push(isV6(route.nextHop) ? `set ipv6 next-hop global ${route.nextHop}` : `set ip next-hop ${route.nextHop}`);
  if (route.communities.length > 0) lines.push(`set community ${route.communities.join(" ")}`);
  if (route.largeCommunities.length > 0) lines.push(`set large-community ${route.largeCommunities.join(" ")}`);
  const targets = route.extCommunities.map((text) => text.replace(/^rt:/, ""));
  if (targets.length > 0) lines.push(`set extcommunity rt ${targets.join(" ")}`);
  if (route.asPath !== undefined) lines.push(`set as-path prepend ${route.asPath}`);
  if (route.origin !== undefined) lines.push(`set origin ${route.origin}`);
  if (route.med !== undefined) lines.push(`set metric ${route.med}`);
  if (route.localPref !== undefined) lines.push(`set local-preference ${route.localPref}`);
  return [...lines, "exit"];
}
