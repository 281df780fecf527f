/**
 * The session with a cache against StayRTR, over TCP: every version, changes, and the ASPAs of an earlier draft. The
 * rest of bgpd has no part in it.
 */
import assert from "node:assert/strict";
import { type CacheOrder, defaultTiming, RpkiCaches, type RtrVersion } from "../../src/rpki/mod.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { canRun } from "./star.ts";

const address = loopback();
const canServe = canRun("the session with an RPKI cache", [], "stayrtr");

/** The shell of a session: one cache, real sockets and the real clock. */
class Client {
  readonly vrps = new Set<string>();
  readonly aspas = new Map<number, string>();
  readonly said: string[] = [];
  readonly caches = new RpkiCaches({
    announce: (...vrp) => void this.vrps.add(vrp.join()),
    withdraw: (...vrp) => void this.vrps.delete(vrp.join()),
    aspa: (customer, providers) => {
      if (providers === undefined) this.aspas.delete(customer);
      else this.aspas.set(customer, providers.join());
    },
  });
  readonly #port: number;
  readonly #clock: ReturnType<typeof setInterval>;
  #connection: Deno.TcpConn | undefined;
  #isOver = false;

  constructor(port: number, version: RtrVersion) {
    this.#port = port;
    this.caches.add({ version, timing: { ...defaultTiming, retry: 1 }, mostRecords: 1_000_000, preference: 1 });
    this.#clock = setInterval(() => {
      const { nextDeadline } = this.caches;
      if (nextDeadline !== undefined && nextDeadline <= performance.now()) {
        this.#carryOut(this.caches.tick(performance.now()));
      }
    }, 50);
    this.#carryOut(this.caches.tick(performance.now()));
  }

  stop(): void {
    this.#isOver = true;
    clearInterval(this.#clock);
    this.#connection?.close();
    this.#connection = undefined;
  }

  #carryOut(orders: readonly CacheOrder[]): void {
    for (const { effect } of orders) {
      if (effect.kind === "send") void this.#connection?.write(effect.bytes).catch(() => {});
      else if (effect.kind === "connect") void this.#connect();
      else if (effect.kind === "failed") this.said.push(effect.reason);
      else if (effect.kind === "data") this.said.push(`${effect.isFull ? "full" : "changed"} ${effect.serial}`);
      else if (effect.kind === "close") {
        this.#connection?.close();
        this.#connection = undefined;
      }
    }
  }

  async #connect(): Promise<void> {
    const event = await Deno.connect({ hostname: address, port: this.#port })
      .then((connection) => {
        this.#connection = connection;
        return { kind: "connected" } as const;
      }, (error) => ({ kind: "connectFailed", reason: String(error) } as const));
    if (this.#isOver) return this.stop();
    this.#carryOut(this.caches.handle(0, event, performance.now()));
    if (this.#connection !== undefined) await this.#read(this.#connection);
  }

  async #read(connection: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const size = await connection.read(buffer).catch(() => null);
      if (this.#connection !== connection) return;
      const event = size === null
        ? { kind: "closed", reason: "end of stream" } as const
        : { kind: "octets", bytes: buffer.subarray(0, size) } as const;
      this.#carryOut(this.caches.handle(0, event, performance.now()));
      if (size === null) return;
    }
  }
}

const first = [["192.0.2.0/24", 26, 64496], ["198.51.100.0/24", 24, 64497], ["2001:db8::/32", 48, 64496]] as const;
const second = [...first.slice(1), ["203.0.113.0/24", 24, 0]] as const;

function file(vrps: readonly (readonly [string, number, number])[], withAspas: boolean): string {
  const providers = [{ customer_asid: 64496, providers: [64500, 64501], expires: 4_000_000_000 }];
  return JSON.stringify({
    metadata: { buildtime: "2026-01-01T00:00:00Z", vrps: vrps.length },
    roas: vrps.map(([prefix, maxLength, asn]) => ({ prefix, maxLength, asn, ta: "test", expires: 4_000_000_000 })),
    ...withAspas ? { provider_authorizations: { ipv4: providers, ipv6: providers } } : {},
  });
}

async function withCache(
  server: RtrVersion,
  client: RtrVersion,
  withAspas: boolean,
  test: (client: Client, path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/vrps.json`;
  await Deno.writeTextFile(path, file(first, withAspas));
  const port = freePort(address);
  const args = ["-bind", `${address}:${port}`, "-metrics.addr", `${address}:${freePort(address)}`, "-cache", path];
  const stayrtr = new Process("stayrtr", {
    args: [...args, "-checktime=false", "-refresh", "1", "-protocol", String(server)],
  });
  const session = new Client(port, client);
  try {
    await test(session, path);
  } catch (error) {
    throw new Error(`${session.said.join("\n")}\n${stayrtr.log()}`, { cause: error });
  } finally {
    session.stop();
    await stayrtr.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

const versions: readonly [RtrVersion, RtrVersion][] = [[2, 2], [1, 2], [0, 2], [2, 0]];
for (const [server, client] of versions) {
  Deno.test({
    name: `StayRTR of version ${server}, asked for version ${client}: all VRPs, then the changes`,
    ignore: !canServe,
    fn: () =>
      withCache(server, client, false, async ({ caches, vrps, said }, path) => {
        await waitFor("all VRPs", () => vrps.size === first.length);
        assert.equal(caches.view(0).version, Math.min(server, client));
        await Deno.writeTextFile(path, file(second, false));
        await waitFor("the changes", () => [...vrps].some((text) => text.endsWith(",24,0")));
        assert.equal(vrps.size, second.length);
        assert.equal(said.filter((line) => line.startsWith("full")).length, 1, said.join("\n"));
      }),
  });
}

Deno.test({
  name: "StayRTR 0.5.1 with ASPAs of an earlier draft: the difference is named, and the VRPs come without them",
  ignore: !canServe,
  fn: () =>
    withCache(2, 2, true, async ({ caches, vrps, aspas, said }) => {
      await waitFor("all VRPs", () => vrps.size === first.length);
      // A later StayRTR sends what today's draft says.
      if (aspas.size > 0) return assert.deepEqual([...aspas], [[64496, "64500,64501"]]);
      assert.equal(caches.view(0).version, 1);
      assert.ok(said.some((line) => line.includes("the form of 8210bis-10")), said.join("\n"));
    }),
});
