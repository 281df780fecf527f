/** OpenBGPD (portable): needs root and its user _bgpd. */
import { Process } from "../../support/process.ts";
import { BenchDaemon, type BenchPeer, type Question } from "./daemon.ts";

const program = "/usr/sbin/bgpd";

export class OpenBgpd extends BenchDaemon {
  static readonly title = "OpenBGPD";
  static readonly programs = [program, "bgpctl"];

  get #socket(): string {
    return `${this.options.folder}/bgpd.sock`;
  }

  override async version(): Promise<string> {
    const { stderr, stdout } = await new Deno.Command(program, { args: ["-V"] }).output();
    const text = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    return `OpenBGPD ${text.match(/[\d.]+\d/)?.[0] ?? ""}`;
  }

  protected override async configure(): Promise<void> {
    const { address, port, asn } = this.options;
    const group = (role: BenchPeer["role"]) => {
      const sessions = this.peersOf(role).map((peer) => `
  neighbor ${peer.address} {
    remote-as ${peer.asn}
    passive
    multihop 255
    announce IPv4 unicast
    announce IPv6 unicast
    local-address ${address}
  }`);
      return sessions.length === 0 ? "" : `group ${role} {${sessions.join("")}\n}\n`;
    };
    const rules = [
      ...(this.peersOf("sender").length > 0 ? ["deny quick to group sender"] : []),
      "allow from any",
      ...(this.peersOf("sink").length > 0
        ? ["allow to group sink", "match to group sink inet6 set nexthop 2001:db8::ff"]
        : []),
    ];
    await this.write(
      "bgpd.conf",
      `AS ${asn}
router-id ${address}
listen on ${address} port ${port}
socket "${this.#socket}"
fib-update no
holdtime ${this.holdTimeSeconds}
${group("sender")}${group("sink")}${group("member")}${rules.join("\n")}
`,
    );
    // Its unprivileged half must come to the socket.
    await Deno.chmod(this.options.folder, 0o755);
  }

  protected override spawn(): Process {
    Deno.mkdirSync("/run/openbgpd", { recursive: true, mode: 0o755 });
    return new Process(program, { args: ["-d", "-f", `${this.options.folder}/bgpd.conf`] });
  }

  #bgpctl(...args: string[]): Promise<string> {
    return this.ask("bgpctl", "-s", this.#socket, ...args);
  }

  protected override async ready(): Promise<boolean> {
    return (await this.#bgpctl("show", "summary")).includes("Neighbor");
  }

  override async count(): Promise<number> {
    const senders = this.sending;
    if (senders.size === 1) {
      const text = await this.#bgpctl("show", "rib", "mem");
      return [...text.matchAll(/(\d+) IPv[46] unicast network entries/g)].reduce(
        (sum, match) => sum + Number(match[1]),
        0,
      );
    }
    let total = 0;
    for (const line of (await this.#bgpctl("show", "summary")).split("\n")) {
      const fields = line.trim().split(/\s+/);
      if (senders.has(fields[0]!) && /^\d+$/.test(fields.at(-1)!)) total += Number(fields.at(-1));
    }
    return total;
  }

  override lookup(address: string): Question {
    return { program: "bgpctl", args: ["-s", this.#socket, "show", "rib", address] };
  }

  override origin(asn: number): Question {
    return { program: "bgpctl", args: ["-s", this.#socket, "show", "rib", "source-as", `${asn}`] };
  }
}
