/** OpenBGPD (portable): needs root and its user _bgpd; driven by `bgpctl`, routes change by `reload`. */
import { Process, run } from "../../support/process.ts";
import { type Feeder, inNumbers, type Origin, Peer, type PeerRoute, type ReceivedRoute } from "./peer.ts";

interface RibJson {
  readonly prefix: string;
  readonly aspath?: string;
  readonly exit_nexthop?: string;
  readonly origin?: string;
  readonly metric?: number;
  readonly localpref?: number;
  readonly attributes?: readonly { readonly originator?: string; readonly cluster_list?: readonly string[] }[];
  readonly communities?: readonly string[];
  readonly large_communities?: readonly string[];
  readonly extended_communities?: readonly string[];
}

const announced = { "ipv4 vpn": "IPv4 vpn", "ipv6 vpn": "IPv6 vpn" };

export class OpenBgpd extends Peer {
  static readonly title = "OpenBGPD";
  static readonly programs = ["/usr/sbin/bgpd", "bgpctl"];
  static readonly shutdownReceived = /received notification: Cease, administratively down/;
  static readonly givesReason = true;
  static readonly abilities = ["twoOctets", "addPath", "role"] as const;

  get #socket(): string {
    return `${this.folder}/bgpd.sock`;
  }

  protected override async configure(routes: readonly PeerRoute[]): Promise<void> {
    const { local, remote, routerId, passive, holdTimeSeconds = 90, feeders = [], addPath, lines = {}, role } =
      this.options;
    await this.write(
      "bgpd.conf",
      `AS ${local.asn}
router-id ${routerId}
listen on ${local.address} port ${local.port}
socket "${this.#socket}"
fib-update no
log updates
holdtime ${holdTimeSeconds}
connect-retry 2
${routes.map(network).join("\n")}
neighbor ${remote.address} {
  remote-as ${remote.asn}
  port ${remote.port}
  local-address ${local.address}
  ${passive ? "passive" : ""}
  ${this.external ? "multihop 255" : ""}
  ${this.uses("twoOctets") ? "announce as-4byte no" : ""}
  announce IPv4 unicast
  announce IPv6 unicast
  ${this.families(announced).map((family) => `announce ${family}`).join("\n")}
  announce enhanced refresh yes
  ${lines.session ?? ""}
  ${role === undefined ? "" : `announce policy ${role}`}
  ${addPath ? "announce add-path recv yes\n  announce add-path send all" : ""}
  ${this.external ? "enforce neighbor-as no" : ""}
}
${feeders.map((feeder) => neighbor(feeder, local.address)).join("")}
allow from any
allow to ${remote.address}
match to any set nexthop no-modify
${lines.speaker ?? ""}
`,
    );
    // Its own check: nobody else may write it, and its unprivileged half must come to the socket.
    await Deno.chmod(`${this.folder}/bgpd.conf`, 0o600);
    await Deno.chmod(this.folder, 0o755);
  }

  protected override spawn(): Process {
    // The folder its processes change their root to; the package's service would make it.
    Deno.mkdirSync("/run/openbgpd", { recursive: true, mode: 0o755 });
    return new Process("/usr/sbin/bgpd", { args: ["-d", "-v", "-f", `${this.folder}/bgpd.conf`] });
  }

  async #bgpctl(...args: string[]): Promise<string> {
    return (await run("bgpctl", ["-s", this.#socket, ...args])).stdout;
  }

  protected override async ready(): Promise<boolean> {
    return (await this.#bgpctl("show", "summary")).includes("Neighbor");
  }

  override async established(): Promise<boolean> {
    const said = await this.#bgpctl("show", "neighbor", this.options.remote.address);
    // It rests for 30 seconds after a session was lost, unless it is woken.
    if (!this.options.passive && /BGP state = Idle/.test(said)) await this.enable();
    return /BGP state = Established/.test(said);
  }

  /** Each command is the arguments of one call, with spaces between them. */
  override async ask(...commands: readonly string[]): Promise<string> {
    let said = "";
    for (const command of commands) {
      const { stdout, stderr } = await run("bgpctl", ["-s", this.#socket, ...command.split(" ")]);
      said += stdout + stderr;
    }
    return said;
  }

  override async announce(routes: readonly PeerRoute[]): Promise<void> {
    await this.configure(routes);
    await this.#bgpctl("reload");
  }

  override async askRefresh(): Promise<void> {
    await this.#bgpctl("neighbor", this.options.remote.address, "refresh");
  }

  override async shutdown(reason: string): Promise<void> {
    await this.#bgpctl("neighbor", this.options.remote.address, "down", reason);
  }

  override async enable(): Promise<void> {
    await this.#bgpctl("neighbor", this.options.remote.address, "up");
  }

  override async received(): Promise<ReceivedRoute[]> {
    const { address } = this.options.remote;
    const said = await this.#bgpctl("-j", "show", "rib", "in", "detail", "neighbor", address);
    const { rib = [] } = JSON.parse(said || "{}") as { rib?: RibJson[] };
    return rib.map((route) => ({
      prefix: route.prefix,
      nextHop: route.exit_nexthop ?? "",
      asPath: route.aspath ?? "",
      origin: route.origin?.toLowerCase() as Origin | undefined,
      med: route.metric,
      localPref: route.localpref,
      originatorId: route.attributes?.find(({ originator }) => originator !== undefined)?.originator,
      clusterList: route.attributes?.find(({ cluster_list }) => cluster_list !== undefined)?.cluster_list,
      communities: (route.communities ?? []).map(inNumbers),
      largeCommunities: [...route.large_communities ?? []],
      extCommunities: (route.extended_communities ?? []).map((text) => text.replace(" ", ":")),
    }));
  }
}

function neighbor({ address, asn }: Feeder, local: string): string {
  return `neighbor ${address} {
  remote-as ${asn}
  local-address ${local}
  passive
  multihop 255
  announce IPv4 unicast
  announce IPv6 unicast
}
`;
}

function network(route: PeerRoute): string {
  const sets = [
    `nexthop ${route.nextHop}`,
    `origin ${route.origin ?? "igp"}`,
    ...route.med === undefined ? [] : [`med ${route.med}`],
    ...route.localPref === undefined ? [] : [`localpref ${route.localPref}`],
    ...route.communities.map((text) => `community ${text}`),
    ...route.largeCommunities.map((text) => `large-community ${text}`),
    ...route.extCommunities.map((text) => `ext-community ${text.replace(":", " ")}`),
  ];
  return `network ${route.prefix} set { ${sets.join(" ")} }`;
}
