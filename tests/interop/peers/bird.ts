/** BIRD 2: driven by `birdc` over its control socket; routes change by `configure`. */
import { Process, run } from "../../support/process.ts";
import { colons, isV6, Peer, type PeerRoute, type ReceivedRoute } from "./peer.ts";

export class Bird extends Peer {
  static readonly title = "BIRD";
  static readonly programs = ["bird", "birdc"];

  get #socket(): string {
    return `${this.folder}/bird.ctl`;
  }

  protected override async configure(routes: readonly PeerRoute[]): Promise<void> {
    const { local, remote, routerId, passive, holdTimeSeconds = 90 } = this.options;
    const table = (family: "ipv4" | "ipv6") => {
      const lines = routes.filter((route) => isV6(route.prefix) === (family === "ipv6")).map(staticRoute);
      return `protocol static static_${family} { ${family}; ${lines.join("\n")} }`;
    };
    await this.write(
      "bird.conf",
      `log stderr all;
debug protocols { states, events };
router id ${routerId};
protocol device { scan time 3600; }
${table("ipv4")}
${table("ipv6")}
protocol bgp peer {
  local ${local.address} port ${local.port} as ${local.asn};
  neighbor ${remote.address} port ${remote.port} as ${remote.asn};
  ${this.external ? "multihop;" : ""}
  strict bind yes;
  passive ${passive ? "yes" : "no"};
  hold time ${holdTimeSeconds};
  connect delay time 1; connect retry time 2; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; next hop keep; };
  ipv6 { import all; export where source = RTS_STATIC; next hop keep; };
}
`,
    );
  }

  protected override spawn(): Process {
    const args = ["-f", "-c", `${this.folder}/bird.conf`, "-s", this.#socket, "-P", `${this.folder}/bird.pid`];
    return new Process("bird", { args });
  }

  async #birdc(command: string): Promise<string> {
    return (await run("birdc", ["-s", this.#socket, command])).stdout;
  }

  protected override async ready(): Promise<boolean> {
    return (await this.#birdc("show status")).includes("up and running");
  }

  override async established(): Promise<boolean> {
    return /^peer .*Established/m.test(await this.#birdc("show protocols peer"));
  }

  override async announce(routes: readonly PeerRoute[]): Promise<void> {
    await this.configure(routes);
    const said = await this.#birdc("configure");
    if (!/Reconfigured|Reconfiguration in progress/.test(said)) throw new Error(`bird: ${said}`);
  }

  override async received(): Promise<ReceivedRoute[]> {
    const found: ReceivedRoute[] = [];
    for (const block of (await this.#birdc("show route all protocol peer")).split(/\n(?=[0-9a-f.:]+\/\d+ )/)) {
      const prefix = /^([0-9a-f.:]+\/\d+) /m.exec(block)?.[1];
      if (prefix === undefined) continue;
      const field = (name: string) => new RegExp(`^\\s*BGP\\.${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      const tuples = (name: string) => field(name).match(/\([^)]*\)/g) ?? [];
      found.push({
        prefix,
        nextHop: field("next_hop").split(" ")[0]!,
        asPath: field("as_path"),
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
  const sets = [
    `bgp_next_hop = ${route.nextHop};`,
    ...route.communities.map((text) => `bgp_community.add((${commas(text)}));`),
    ...route.largeCommunities.map((text) => `bgp_large_community.add((${commas(text)}));`),
    ...route.extCommunities.map((text) => `bgp_ext_community.add((${commas(text)}));`),
  ];
  return `route ${route.prefix} unreachable { ${sets.join(" ")} };`;
}
