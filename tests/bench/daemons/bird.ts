/** BIRD 2. Next hops resolve through two small tables of their own. */
import { Process } from "../../support/process.ts";
import { BenchDaemon, type Question } from "./daemon.ts";

export class Bird extends BenchDaemon {
  static readonly title = "BIRD";
  static readonly programs = ["bird", "birdc"];
  protected override readonly pollMs = 20;

  get #socket(): string {
    return `${this.options.folder}/bird.ctl`;
  }

  override async version(): Promise<string> {
    return (await this.ask("birdc", "-s", this.#socket, "show", "status")).match(/BIRD [\d.]+/)?.[0] ?? "BIRD";
  }

  protected override configure(): Promise<void> {
    const { address, port, asn, peers, folder, onlyFrom } = this.options;
    const all = onlyFrom === undefined ? "all" : `where bgp_path.first = ${onlyFrom}`;
    const sessions = peers.map((peer, i) => `
protocol bgp bgp_${peer.role}${i} {
  local ${address} port ${port} as ${asn};
  neighbor ${peer.address} as ${peer.asn};
  multihop; passive; strict bind yes; hold time ${this.holdTimeSeconds};
  ipv4 { igp table hops4; import all; export ${peer.role === "sender" ? "none" : all}; next hop self; };
  ipv6 { igp table hops6; import all; export ${peer.role === "sender" ? "none" : all}; next hop address 2001:db8::ff; };
}`);
    return this.write(
      "bird.conf",
      `log "${folder}/bird.log" { warning, error, fatal, bug };
router id ${address};
protocol device { scan time 3600; }
ipv4 table hops4;
ipv6 table hops6;
protocol static { ipv4 { table hops4; }; route 192.0.2.0/24 via "lo"; }
protocol static { ipv6 { table hops6; }; route 2001:db8::/32 via "lo"; }
${sessions.join("\n")}
`,
    );
  }

  protected override spawn(): Process {
    const { folder } = this.options;
    return new Process("bird", {
      args: ["-f", "-c", `${folder}/bird.conf`, "-s", this.#socket, "-P", `${folder}/bird.pid`],
    });
  }

  #birdc(...command: string[]): Promise<string> {
    return this.ask("birdc", "-s", this.#socket, ...command);
  }

  protected override async ready(): Promise<boolean> {
    return (await this.#birdc("show", "status")).includes("up and running");
  }

  override async count(): Promise<number> {
    const text = await this.#birdc("show", "protocols", "all", '"bgp_*"');
    return [...text.matchAll(/Routes:\s+(\d+) imported/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  }

  override peers(): Question {
    return { program: "birdc", args: ["-s", this.#socket, "show", "protocols"] };
  }

  override lookup(address: string): Question {
    return { program: "birdc", args: ["-s", this.#socket, `show route for ${address}`] };
  }

  override origin(asn: number): Question {
    return {
      program: "birdc",
      args: ["-s", this.#socket, `show route table master4 where bgp_path.last = ${asn}`],
    };
  }
}
