/** Captures the traffic of a test and lets tshark read it: tshark must find nothing odd in the messages of bgpd. */
import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { loopback } from "../support/net.ts";
import { Process, run } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";

export interface Oddity {
  readonly frame: string;
  readonly message: string;
}

export class Capture {
  readonly file: string;
  readonly #ports: readonly number[];
  readonly #process: Process;

  private constructor(file: string, ports: readonly number[], process: Process) {
    this.file = file;
    this.#ports = ports;
    this.#process = process;
  }

  /** Starts to listen on loopback for these ports. */
  static async start(file: string, ports: readonly number[]): Promise<Capture> {
    const filter = [...ports.map((port) => `tcp port ${port}`), `udp port ${ports[0]}`].join(" or ");
    // Buffered in the kernel, 64 MiB: on a busy machine dumpcap has its turn late, and a hole looks like a broken
    // message.
    const process = new Process("dumpcap", { args: ["-q", "-B", "64", "-i", "lo", "-f", filter, "-w", file] });
    await process.waitForLine(/^File:/);
    return new Capture(file, ports, process);
  }

  /** Ends it; what was sent until now is in the file. */
  async stop(): Promise<void> {
    // The kernel hands packets over in blocks, and an interrupt drops those not yet handed over: here is the last one.
    const last = crypto.randomUUID();
    const address = loopback();
    const socket = createSocket("udp4");
    try {
      await waitFor("the last packet in the capture", async () => {
        socket.send(last, this.#ports[0]!, address);
        return Buffer.from(await Deno.readFile(this.file)).includes(last);
      }, { intervalMs: 250, detail: () => this.#process.log() });
    } finally {
      await new Promise<void>((resolve) => socket.close(resolve));
    }
    this.#process.signal("SIGINT");
    await this.#process.end();
  }

  /** Lines of these fields for every packet that `filter` picks. */
  fields(filter: string, ...fields: readonly string[]): Promise<string[]> {
    return tshark(this.file, this.#ports, filter, fields);
  }

  oddities(from: string): Promise<Oddity[]> {
    return oddities(this.file, this.#ports, from);
  }
}

/** Whatever tshark calls malformed or remarks upon inside BGP in the packets that `from` picks. */
export async function oddities(file: string, ports: readonly number[], from: string): Promise<Oddity[]> {
  // By number, as tshark's names for them change: groups Undecoded, Malformed, Protocol; severities from Warning on.
  // What TCP has to say stands in the group Sequence.
  const group = "_ws.expert.group in {0x05000000, 0x07000000, 0x09000000}";
  const filter = `(${from}) && bgp && (_ws.malformed || (${group} && _ws.expert.severity >= 0x00600000))`;
  const lines = await tshark(file, ports, filter, ["frame.number", "_ws.expert.message", "_ws.col.Info"]);
  return lines.map((line) => {
    const [frame = "", ...message] = line.split("\t");
    return { frame, message: message.join(" ") };
  });
}

async function tshark(
  file: string,
  ports: readonly number[],
  filter: string,
  fields: readonly string[],
): Promise<string[]> {
  const decode = ports.flatMap((port) => ["-d", `tcp.port==${port},bgp`]);
  const show = fields.flatMap((field) => ["-e", field]);
  const args = ["-n", "-r", file, ...decode, "-Y", filter, "-T", "fields", ...show];
  const { code, stdout, stderr } = await run("tshark", args);
  if (code !== 0) throw new Error(`tshark: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}

/** The packets of the speakers that listen at `ours`, to peers that listen at `theirs`. */
export function sentFrom(ours: readonly number[], theirs: readonly number[]): string {
  const tests = [...ours.map((port) => `tcp.srcport == ${port}`), ...theirs.map((port) => `tcp.dstport == ${port}`)];
  return tests.join(" || ");
}
