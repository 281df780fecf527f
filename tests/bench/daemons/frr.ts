/** FRR's bgpd alone: no zebra, no kernel. */
import { Process } from "../../support/process.ts";
import { sleep } from "../../support/wait.ts";
import { BenchDaemon, type BenchPeer, type Question } from "./daemon.ts";

const program = "/usr/lib/frr/bgpd";

export class Frr extends BenchDaemon {
  static readonly title = "FRR";
  static readonly programs = [program, "vtysh"];

  override async version(): Promise<string> {
    return `FRR ${(await this.ask(program, "--version")).match(/[\d.]+/)?.[0] ?? ""}`;
  }

  protected override async configure(): Promise<void> {
    const { address, asn, peers, folder } = this.options;
    const sessions = peers.map((peer) => `
 neighbor ${peer.address} remote-as ${peer.asn}
 neighbor ${peer.address} passive
 neighbor ${peer.address} ebgp-multihop 255
 neighbor ${peer.address} disable-connected-check
 neighbor ${peer.address} timers ${this.holdTimeSeconds / 3} ${this.holdTimeSeconds}`);
    const family = (name: string) => `
 address-family ${name} unicast
${
      peers.map((peer) =>
        `  neighbor ${peer.address} activate\n  neighbor ${peer.address} route-map ${routeMap(peer.role, name)} out`
      ).join("\n")
    }
 exit-address-family`;
    await this.write("vtysh.conf", "");
    // Errors only: without zebra every next hop costs a line of warning. Both delays hold back first UPDATEs for
    // seconds.
    await this.write(
      "bgpd.conf",
      `frr defaults traditional
hostname bench
log file ${folder}/bgpd.log errors
bgp route-map delay-timer 0
router bgp ${asn}
 bgp router-id ${address}
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 bgp disable-ebgp-connected-route-check
 coalesce-time 10
${sessions.join("")}
${family("ipv4")}
${family("ipv6")}
!
route-map ALL-ipv4 permit 10
route-map ALL-ipv6 permit 10
 set ipv6 next-hop global 2001:db8::ff
route-map NONE deny 10
`,
    );
  }

  protected override spawn(): Process {
    const { folder, address, port } = this.options;
    return new Process(program, {
      args: [
        ...["-f", `${folder}/bgpd.conf`, "-p", `${port}`, "-l", address, "-n", "-Z", "-S", "-P", "0"],
        ...["--vty_socket", folder, "-i", `${folder}/bgpd.pid`, "-N", `bench${port}`],
        ...["--log", `file:${folder}/bgpd.log`, "--log-level", "errors"],
      ],
    });
  }

  #args(command: string): string[] {
    const { folder } = this.options;
    return ["--vty_socket", folder, "--config_dir", folder, "-d", "bgpd", "-c", command];
  }

  protected override async ready(): Promise<boolean> {
    if (!(await this.ask("vtysh", ...this.#args("show bgp summary"))).includes("router identifier")) return false;
    // Its first update of route-maps.
    await sleep(1000);
    return true;
  }

  override async count(): Promise<number> {
    const senders = this.sending;
    let total = 0;
    for (const line of (await this.ask("vtysh", ...this.#args("show bgp summary"))).split("\n")) {
      const fields = line.split(/\s+/);
      if (senders.has(fields[0]!) && /^\d+$/.test(fields[9] ?? "")) total += Number(fields[9]);
    }
    return total;
  }

  override lookup(address: string): Question {
    return { program: "vtysh", args: this.#args(`show bgp ipv4 unicast ${address}`) };
  }

  override origin(asn: number): Question {
    return { program: "vtysh", args: this.#args(`show bgp ipv4 unicast regexp _${asn}$`) };
  }
}

function routeMap(role: BenchPeer["role"], family: string): string {
  return role === "sender" ? "NONE" : `ALL-${family}`;
}
