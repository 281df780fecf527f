/**
 * Network namespaces for one test, joined by virtual cables: links with link-local addresses, as routers have them.
 * They need root, `ip`, `unshare` and `nsenter`.
 */
import { Process, run } from "./process.ts";
import { waitFor } from "./wait.ts";

export class Namespace {
  readonly #holder: Process;

  private constructor(holder: Process) {
    this.#holder = holder;
  }

  static async create(): Promise<Namespace> {
    const namespace = new Namespace(new Process("unshare", { args: ["--net", "sleep", "600"] }));
    const own = ["readlink", "/proc/self/ns/net"] as const;
    await waitFor("a namespace", async () => {
      const [ours, theirs] = await Promise.all([[], namespace.wrap].map(async (wrap) => {
        const [program, ...args] = [...wrap, ...own];
        return (await run(program!, args)).stdout;
      }));
      return theirs !== "" && theirs !== ours;
    });
    await namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  get pid(): number {
    return this.#holder.pid;
  }

  /** A command in front of one that is to run inside. */
  get wrap(): string[] {
    return ["nsenter", "--target", String(this.pid), "--net"];
  }

  async ip(...args: string[]): Promise<void> {
    const [program, ...rest] = [...this.wrap, "ip", ...args];
    const { code, stderr } = await run(program!, rest);
    if (code !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder.stop();
  }
}

/** One end of a cable: an interface with addresses, `fe80::a/64`. */
export interface End {
  readonly namespace: Namespace;
  readonly name: string;
  readonly addresses: readonly string[];
}

/** The kernel gives no addresses of its own, and those that are given hold at once. */
export async function cable(one: End, other: End): Promise<void> {
  await one.namespace.ip("link", "add", one.name, "type", "veth", "peer", "name", other.name);
  await one.namespace.ip("link", "set", other.name, "netns", String(other.namespace.pid));
  for (const { namespace, name, addresses } of [one, other]) {
    await namespace.ip("link", "set", name, "addrgenmode", "none");
    await namespace.ip("link", "set", name, "up");
    for (const address of addresses) await namespace.ip("address", "add", address, "dev", name, "nodad");
  }
}
