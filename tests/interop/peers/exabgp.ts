/** ExaBGP: no table of its own; commands go in and JSON comes out through a helper process. */
import { Process } from "../../support/process.ts";
import { sleep } from "../../support/wait.ts";
import { colons, type Origin, Peer, type PeerRoute, type ReceivedRoute, samePath } from "./peer.ts";

interface AttributesJson {
  readonly "as-path"?: readonly number[];
  readonly origin?: Origin;
  readonly med?: number;
  readonly "local-preference"?: number;
  readonly "originator-id"?: string;
  readonly "cluster-list"?: readonly string[];
  readonly community?: readonly (readonly [number, number])[];
  readonly "large-community"?: readonly (readonly [number, number, number])[];
  readonly "extended-community"?: readonly { readonly string: string }[];
}

interface UpdateJson {
  readonly attribute?: AttributesJson;
  readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly { readonly nlri: string }[]>>>>;
  readonly withdraw?: Readonly<Record<string, readonly { readonly nlri: string }[]>>;
}

interface SaidJson {
  readonly type: string;
  readonly neighbor?: { readonly state?: string; readonly message?: { readonly update?: UpdateJson } };
}

const families = {
  "ipv4 flowspec": "ipv4 flow",
  "ipv6 flowspec": "ipv6 flow",
  "ipv4 flowspec-vpn": "ipv4 flow-vpn",
  "ipv6 flowspec-vpn": "ipv6 flow-vpn",
  "ipv4 vpn": "ipv4 mpls-vpn",
  "ipv6 vpn": "ipv6 mpls-vpn",
  "ipv4 labeled": "ipv4 nlri-mpls",
  "ipv6 labeled": "ipv6 nlri-mpls",
  "evpn": "l2vpn evpn",
  "vpls": "l2vpn vpls",
};

export class ExaBgp extends Peer {
  static readonly title = "ExaBGP";
  static readonly programs = ["exabgp"];
  static readonly shutdownReceived = /notification received \(6,2\)/;
  static readonly givesReason = false;
  static readonly abilities = ["twoOctets", "path", "addPath", "pathIds", "extendedNextHop"] as const;
  #announced: readonly PeerRoute[] = [];

  protected override async configure(): Promise<void> {
    const { local, remote, routerId, passive, holdTimeSeconds = 90 } = this.options;
    // Commands are lines added to a file; what ExaBGP says becomes lines of another. `tail` ends with the helper.
    const helper = `#!/bin/sh
cd "${this.folder}" || exit 1
tail --pid=$$ -n +1 -f commands &
exec cat >said
`;
    await this.write("helper", helper);
    await Deno.chmod(`${this.folder}/helper`, 0o755);
    await this.write("commands", "");
    await this.write("said", "");
    await this.write(
      "exabgp.conf",
      `process helper {
  run ${this.folder}/helper;
  encoder json;
}
neighbor ${remote.address} {
  router-id ${routerId};
  local-address ${local.address};
  local-as ${local.asn};
  peer-as ${remote.asn};
  hold-time ${holdTimeSeconds};
  ${passive ? `passive true; listen ${local.port};` : `connect ${remote.port};`}
  capability {
    asn4 ${this.uses("twoOctets") ? "disable" : "enable"};
    route-refresh enable;
    ${this.options.addPath ? "add-path send;" : ""}
    ${this.uses("extendedNextHop") ? "nexthop enable;" : ""}
  }
  ${this.options.addPath ? "add-path { ipv4 unicast; ipv6 unicast; }" : ""}
  ${this.uses("extendedNextHop") ? "nexthop { ipv4 unicast ipv6; }" : ""}
  family { ipv4 unicast; ipv6 unicast; ${this.families(families).map((name) => `${name}; `).join("")}}
  api { processes [ helper ]; neighbor-changes; receive { parsed; update; } }
}
`,
    );
  }

  protected override spawn(): Process {
    const { local, passive } = this.options;
    const env: Record<string, string> = {
      "exabgp.daemon.user": "root",
      "exabgp.daemon.drop": "false",
      "exabgp.log.level": "INFO",
      "exabgp.log.destination": "stdout",
      "exabgp.api.cli": "false",
      "exabgp.api.ack": "false",
    };
    if (passive) Object.assign(env, { "exabgp.tcp.bind": local.address, "exabgp.tcp.port": String(local.port) });
    return new Process("exabgp", { args: [`${this.folder}/exabgp.conf`], cwd: this.folder, env });
  }

  override get words(): string {
    return `${super.words}\n${Deno.readTextFileSync(`${this.folder}/said`)}`;
  }

  #said(): SaidJson[] {
    const lines = Deno.readTextFileSync(`${this.folder}/said`).split("\n");
    // The last line may still be on its way.
    // deno-lint-ignore no-control-regex -- it prints what a NOTIFICATION holds as it came
    return lines.slice(0, -1).filter((line) => line.startsWith("{")).map((line) => line.replace(/[\x00-\x1f]/g, " "))
      .map((line) => JSON.parse(line));
  }

  protected override async ready(): Promise<boolean> {
    if (this.process.stdout.length === 0) return false;
    await this.announce(this.options.routes);
    return true;
  }

  override async established(): Promise<boolean> {
    // If a route is announced while a session comes up, it may stumble over itself, and then over every session after
    // it.
    if (this.log.split("has no attribute 'router_id'").length > 3) await this.restart();
    return this.#said().findLast((said) => said.type === "state")?.neighbor?.state === "up";
  }

  override async announce(routes: readonly PeerRoute[]): Promise<void> {
    const gone = this.#announced.filter((old) => !routes.some((route) => samePath(route, old)));
    await this.#command(
      ...gone.map((route) => `withdraw ${this.#route(route)}`),
      ...routes.map((route) => `announce ${this.#route(route)}`),
    );
    this.#announced = routes;
  }

  /** Returns all that it has said up to now. */
  override async ask(...commands: readonly string[]): Promise<string> {
    await this.#command(...commands);
    return await Deno.readTextFile(`${this.folder}/said`);
  }

  override askRefresh(): Promise<void> {
    return this.#command("announce route-refresh ipv4 unicast", "announce route-refresh ipv6 unicast");
  }

  /** The reason is its own, and it comes back at once by itself. */
  override async shutdown(): Promise<void> {
    // Asked while it still sends its first routes, it hangs up without a word.
    await sleep(1000);
    return await this.#command(`neighbor ${this.options.remote.address} teardown 2`);
  }

  override enable(): Promise<void> {
    return Promise.resolve();
  }

  /** A path that is given it sends as it stands: its own AS has to be in it. */
  #route(route: PeerRoute): string {
    const { asPath } = route;
    if (asPath === undefined || !this.external) return command(route);
    return command({ ...route, asPath: `${this.options.local.asn} ${asPath}`.trimEnd() });
  }

  #command(...lines: string[]): Promise<void> {
    return Deno.writeTextFile(`${this.folder}/commands`, lines.map((line) => `${line}\n`).join(""), { append: true });
  }

  override received(): Promise<ReceivedRoute[]> {
    const table = new Map<string, ReceivedRoute>();
    for (const { type, neighbor } of this.#said()) {
      if (type === "state") table.clear();
      const update = neighbor?.message?.update;
      for (const list of Object.values(update?.withdraw ?? {})) list.forEach(({ nlri }) => table.delete(nlri));
      for (const [family, hops] of Object.entries(update?.announce ?? {})) {
        if (!family.endsWith("unicast")) continue;
        for (const [nextHop, list] of Object.entries(hops)) {
          for (const { nlri } of list) table.set(nlri, readRoute(nlri, nextHop, update?.attribute ?? {}));
        }
      }
    }
    return Promise.resolve([...table.values()]);
  }
}

function readRoute(prefix: string, nextHop: string, attributes: AttributesJson): ReceivedRoute {
  return {
    prefix,
    nextHop,
    asPath: (attributes["as-path"] ?? []).join(" "),
    origin: attributes.origin,
    med: attributes.med,
    localPref: attributes["local-preference"],
    originatorId: attributes["originator-id"],
    clusterList: attributes["cluster-list"],
    communities: (attributes.community ?? []).map((parts) => parts.join(":")),
    largeCommunities: (attributes["large-community"] ?? []).map((parts) => parts.join(":")),
    extCommunities: (attributes["extended-community"] ?? []).map(({ string }) => `rt:${colons(string)}`),
  };
}

function command(route: PeerRoute): string {
  const list = (name: string, values: readonly string[]) => values.length > 0 ? ` ${name} [ ${values.join(" ")} ]` : "";
  const word = (name: string, value: string | number | undefined) => value === undefined ? "" : ` ${name} ${value}`;
  const targets = route.extCommunities.map((text) => text.replace(/^rt:/, "target:"));
  const { origin, asPath, med, localPref, pathId } = route;
  const id = pathId === undefined ? "" : ` path-information 0.0.0.${pathId}`;
  return `route ${route.prefix}${id} next-hop ${route.nextHop}` + word("origin", origin) + word("med", med) +
    word("local-preference", localPref) + list("as-path", asPath?.split(" ") ?? []) +
    list("community", route.communities) +
    list("large-community", route.largeCommunities) + list("extended-community", targets);
}
