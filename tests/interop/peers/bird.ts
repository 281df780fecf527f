/** BIRD 2: driven by `birdc` over its control socket; routes change by `configure`. */
import { Process, run } from "../../support/process.ts";
import { colons, type Feeder, isV6, type Origin, Peer, type PeerRoute, type ReceivedRoute } from "./peer.ts";

/** Channels; each has a table of its own: flow4tab, vpn4tab, labeled4tab … */
const channels = {
  "ipv4 labeled": "ipv4 mpls",
  "ipv6 labeled": "ipv6 mpls",
  "ipv4 vpn": "vpn4 mpls",
  "ipv6 vpn": "vpn6 mpls",
  "ipv4 flowspec": "flow4",
  "ipv6 flowspec": "flow6",
};

function tableOf(channel: string): { readonly kind: string; readonly name: string } {
  const kind = channel.replace(" mpls", "");
  return { kind, name: `${kind.replace("ipv", "labeled")}tab` };
}

export class Bird extends Peer {
  static readonly title = "BIRD";
  static readonly programs = ["bird", "birdc"];
  static readonly shutdownReceived = /Received: Administrative shutdown/;
  static readonly givesReason = true;
  static readonly abilities = [
    "twoOctets",
    "path",
    "addPath",
    "pathIds",
    "extendedNextHop",
    "extendedMessages",
    "gracefulRestart",
    "longLived",
    "role",
  ] as const;

  get #socket(): string {
    return `${this.folder}/bird.ctl`;
  }

  protected override async configure(routes: readonly PeerRoute[]): Promise<void> {
    const { local, remote, routerId, passive, holdTimeSeconds = 90, feeders = [], addPath, lines = {}, role } =
      this.options;
    // A table has one route of a prefix from each protocol, so the second one of a prefix is another protocol's.
    const table = (family: "ipv4" | "ipv6", nth: number) => {
      const own = routes.filter((route, i) =>
        isV6(route.prefix) === (family === "ipv6") &&
        routes.slice(0, i).filter(({ prefix }) => prefix === route.prefix).length === nth
      );
      const lines = own.map(staticRoute).join("\n");
      return `protocol static static_${family}_${nth} { ${family} { preference ${200 - nth}; }; ${lines} }`;
    };
    const tables = [0, 1].flatMap((nth) => [table("ipv4", nth), table("ipv6", nth)]);
    const family = `${lines.family?.includes("next hop") ? "" : "next hop keep;"} ${lines.family ?? ""}`;
    const paths = addPath ? "add paths on;" : "";
    // Only what is set here: MED does not leave the AS otherwise.
    const meds = (family: "ipv4" | "ipv6") =>
      routes.filter(({ prefix, med }) => med !== undefined && isV6(prefix) === (family === "ipv6"))
        .map(({ prefix, med }) => `if net = ${prefix} then bgp_med = ${med};`).join(" ");
    await this.write(
      "bird.conf",
      `log stderr all;
debug protocols { states, events };
${this.families(channels).map(tableOf).map(({ kind, name }) => `${kind} table ${name};`).join("\n")}
${lines.speaker ?? ""}
router id ${routerId};
protocol device { scan time 3600; }
${tables.join("\n")}
filter sent_ipv4 { ${meds("ipv4")} ${lines.sent?.ipv4 ?? ""} accept; }
filter sent_ipv6 { ${meds("ipv6")} ${lines.sent?.ipv6 ?? ""} accept; }
${feeders.map((feeder, i) => this.#feeder(feeder, i)).join("")}
protocol bgp the_peer {
  local ${local.address} port ${local.port} as ${local.asn};
  neighbor ${remote.address} port ${remote.port} as ${remote.asn};
  ${this.external ? "multihop;" : ""}
  strict bind yes;
  passive ${passive ? "yes" : "no"};
  hold time ${holdTimeSeconds};
  connect delay time 1; connect retry time 2; error wait time 1, 2;
  ${this.uses("twoOctets") ? "enable as4 no;" : ""}
  ${this.uses("extendedMessages") ? "enable extended messages yes;" : ""}
  ${this.#graceful}
  ${lines.session ?? ""}
  ${role === undefined ? "" : `local role ${role.replace("-", "_").replace(/^rs$/, "rs_server")};`}
  ipv4 { import all; export filter sent_ipv4; ${family} ${paths} ${
        this.uses("extendedNextHop") ? "extended next hop yes;" : ""
      } };
  ipv6 { import all; export filter sent_ipv6; ${family} ${paths} };
  ${
        this.families(channels).map((channel) =>
          `${channel} { table ${tableOf(channel).name}; import all; export all; };`
        )
          .join("\n")
      }
}
`,
    );
  }

  get #graceful(): string {
    const { restartSeconds = 120, staleSeconds = 3600 } = this.options;
    if (!this.uses("gracefulRestart")) return "";
    const long = `long lived graceful restart on; long lived stale time ${staleSeconds};`;
    return `graceful restart on; graceful restart time ${restartSeconds}; ${this.uses("longLived") ? long : ""}`;
  }

  #feeder({ address, asn }: Feeder, i: number): string {
    const { local } = this.options;
    return `protocol bgp feeder${i} {
  local ${local.address} port ${local.port} as ${local.asn};
  neighbor ${address} as ${asn};
  multihop; strict bind yes; passive yes;
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}
`;
  }

  protected override spawn(): Process {
    const args = ["-f", "-c", `${this.folder}/bird.conf`, "-s", this.#socket, "-P", `${this.folder}/bird.pid`];
    return new Process("bird", { args: [...args, ...this.isRestart && this.uses("gracefulRestart") ? ["-R"] : []] });
  }

  override async ask(...commands: readonly string[]): Promise<string> {
    let said = "";
    for (const command of commands) said += await this.#birdc(command);
    return said;
  }

  async #birdc(command: string): Promise<string> {
    return (await run("birdc", ["-s", this.#socket, command])).stdout;
  }

  protected override async ready(): Promise<boolean> {
    return (await this.#birdc("show status")).includes("up and running");
  }

  override async established(): Promise<boolean> {
    return /^the_peer .*Established/m.test(await this.#birdc("show protocols the_peer"));
  }

  override async announce(routes: readonly PeerRoute[]): Promise<void> {
    await this.configure(routes);
    const said = await this.#birdc("configure");
    if (!/Reconfigured|Reconfiguration in progress/.test(said)) throw new Error(`bird: ${said}`);
  }

  override async askRefresh(): Promise<void> {
    await this.#birdc("reload in the_peer");
  }

  override async shutdown(reason: string): Promise<void> {
    await this.#birdc(`disable the_peer "${reason}"`);
  }

  override async enable(): Promise<void> {
    await this.#birdc("enable the_peer");
  }

  override async received(): Promise<ReceivedRoute[]> {
    const found: ReceivedRoute[] = [];
    let prefix: string | undefined;
    // Further paths of a prefix stand below it, without it.
    for (
      const block of (await this.#birdc("show route all protocol the_peer")).split(/\n(?=\S* +un(?:icast|reachable) )/)
    ) {
      prefix = /^(\S+\/\d+) /.exec(block)?.[1] ?? prefix;
      const field = (name: string) => new RegExp(`^\\s*BGP\\.${name}: (.*)$`, "m").exec(block)?.[1];
      const nextHop = field("next_hop");
      if (prefix === undefined || nextHop === undefined) continue;
      const tuples = (name: string) => field(name)?.match(/\([^)]*\)/g) ?? [];
      const number = (name: string) => field(name) === undefined ? undefined : Number(field(name));
      found.push({
        prefix,
        nextHop: nextHop.split(" ")[0]!,
        asPath: field("as_path") ?? "",
        origin: field("origin")?.toLowerCase() as Origin | undefined,
        med: number("med"),
        localPref: number("local_pref"),
        originatorId: field("originator_id"),
        clusterList: field("cluster_list")?.split(" "),
        aigp: number("aigp"),
        otc: number("otc"),
        communities: tuples("community").map(colons),
        largeCommunities: tuples("large_community").map(colons),
        extCommunities: tuples("ext_community").map((text) => `${/[a-z]+/.exec(text)?.[0]}:${colons(text)}`),
      });
    }
    return found;
  }
}

function staticRoute(route: PeerRoute): string {
  const commas = (text: string) => text.split(":").join(", ");
  const { localPref, asPath = "", origin = "igp" } = route;
  const path = asPath.split(" ").filter((asn) => asn !== "").reverse();
  const sets = [
    `bgp_next_hop = ${route.nextHop};`,
    `bgp_origin = ORIGIN_${origin.toUpperCase()};`,
    ...path.map((asn) => `bgp_path.prepend(${asn});`),
    ...localPref === undefined ? [] : [`bgp_local_pref = ${localPref};`],
    ...route.communities.map((text) => `bgp_community.add((${commas(text)}));`),
    ...route.largeCommunities.map((text) => `bgp_large_community.add((${commas(text)}));`),
    ...route.extCommunities.map((text) => `bgp_ext_community.add((${commas(text)}));`),
  ];
  return `route ${route.prefix} unreachable { ${sets.join(" ")} };`;
}
