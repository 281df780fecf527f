/** GoBGP. */
import { Process } from "../../support/process.ts";
import { BenchDaemon, type Question } from "./daemon.ts";

interface Neighbor {
  readonly conf: { readonly neighbor_address: string };
  readonly afi_safis?: readonly { readonly state?: { readonly accepted?: string | number } }[];
}

export class GoBgp extends BenchDaemon {
  static readonly title = "GoBGP";
  static readonly programs = ["gobgpd", "gobgp"];
  protected override readonly pollMs = 500;

  override async version(): Promise<string> {
    return `GoBGP ${(await this.ask("gobgpd", "--version")).match(/[\d.]+/)?.[0] ?? ""}`;
  }

  get #apiPort(): number {
    return this.options.port + 1;
  }

  protected override configure(): Promise<void> {
    const { address, port, asn, peers } = this.options;
    const senders = this.peersOf("sender").map((peer) => `"${peer.address}/32"`);
    const sessions = peers.map((peer) => `
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${peer.address}"
    peer-as = ${peer.asn}
  [neighbors.transport.config]
    passive-mode = true
    local-address = "${address}"
  [neighbors.ebgp-multihop.config]
    enabled = true
    multihop-ttl = 64
  [neighbors.timers.config]
    hold-time = ${this.holdTimeSeconds}
    keepalive-interval = ${this.holdTimeSeconds / 3}
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"`);
    return this.write(
      "gobgpd.toml",
      `[global.config]
  as = ${asn}
  router-id = "${address}"
  port = ${port}
  local-address-list = ["${address}"]
[global.apply-policy.config]
  export-policy-list = ["quiet-senders"]
  default-export-policy = "accept-route"
[[defined-sets.neighbor-sets]]
  neighbor-set-name = "senders"
  neighbor-info-list = [${senders.join(", ")}]
[[policy-definitions]]
  name = "quiet-senders"
  [[policy-definitions.statements]]
    [policy-definitions.statements.conditions.match-neighbor-set]
      neighbor-set = "senders"
    [policy-definitions.statements.actions]
      route-disposition = "reject-route"
${sessions.join("\n")}
`,
    );
  }

  protected override spawn(): Process {
    const { folder, address } = this.options;
    return new Process("gobgpd", {
      args: [
        ...["-f", `${folder}/gobgpd.toml`, "-t", "toml", "-l", "warn", "-p"],
        ...["--api-hosts", `${address}:${this.#apiPort}`, "--pprof-disable"],
      ],
    });
  }

  #args(...command: string[]): string[] {
    return ["-u", this.options.address, "-p", `${this.#apiPort}`, ...command];
  }

  protected override async ready(): Promise<boolean> {
    return /AS:\s+\d/.test(await this.ask("gobgp", ...this.#args("global")));
  }

  override async count(): Promise<number> {
    const senders = this.sending;
    const text = await this.ask("gobgp", ...this.#args("-j", "neighbor"));
    return (JSON.parse(text || "[]") as Neighbor[])
      .filter(({ conf }) => senders.has(conf.neighbor_address))
      .flatMap(({ afi_safis = [] }) => afi_safis)
      .reduce((sum, { state }) => sum + Number(state?.accepted ?? 0), 0);
  }

  override lookup(address: string): Question {
    return { program: "gobgp", args: this.#args("global", "rib", address, "-a", "ipv4") };
  }
}
