/**
 * The live stream: BMP over a Unix socket beside the control socket, for programs on this host. A client sends one
 * line, such as `monitor=adj-in,loc&dump=false`, or an empty line, and gets BMP until it hangs up.
 */

import { type MonitorTable, monitorTables } from "../../rib/mod.ts";
import { allFamilies, familyByName, familyMask } from "../../types/mod.ts";
import type { MonitorFeeds } from "./feeds.ts";
import type { BmpChoice } from "../../rib/mod.ts";

/** How long a client may take for its line, and how long the line may be. */
const lineMs = 10_000;
const longestLine = 4_096;

export interface LiveServices {
  readonly feeds: MonitorFeeds;
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** How many clients at most: each costs a file descriptor. */
  readonly mostClients: number;
}

export class LiveSocket {
  readonly #listener: Deno.Listener;
  readonly #services: LiveServices;
  readonly #clients = new Set<Deno.Conn>();

  constructor(listener: Deno.Listener, services: LiveServices) {
    this.#listener = listener;
    this.#services = services;
    void this.#accept();
  }

  get clients(): number {
    return this.#clients.size;
  }

  close(): void {
    this.#listener.close();
    try {
      Deno.removeSync(this.#services.path);
    } catch {
      // The file is already gone.
    }
    for (const client of this.#clients) hangUp(client);
  }

  /** Never rejects. */
  async #accept(): Promise<void> {
    for (;;) {
      try {
        const client = await this.#listener.accept();
        if (this.#clients.size >= this.#services.mostClients) hangUp(client);
        else void this.#serve(client);
      } catch (error) {
        // The socket is closed. Any other error is one of a client, or a lack of descriptors that passes.
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Never rejects. */
  async #serve(client: Deno.Conn): Promise<void> {
    this.#clients.add(client);
    let reader: number | undefined;
    try {
      const choice = await this.#choiceOf(client);
      if (typeof choice === "string") return await writeAll(client, new TextEncoder().encode(`${choice}\n`));
      reader = this.#services.feeds.open(choice, {
        write: (bytes) => writeAll(client, bytes).catch(() => hangUp(client)),
        lapped: () => hangUp(client),
      });
      // What a client sends from now on is ignored; the end of the stream is its end.
      const buffer = new Uint8Array(1024);
      while (await client.read(buffer) !== null);
    } catch {
      // The client hung up, or its line did not come in time.
    } finally {
      if (reader !== undefined) this.#services.feeds.close(reader);
      this.#clients.delete(client);
      hangUp(client);
    }
  }

  async #choiceOf(client: Deno.Conn): Promise<BmpChoice | string> {
    const timer = setTimeout(() => hangUp(client), lineMs);
    try {
      const { name, description } = this.#services;
      const choice = parseChoice(await readLine(client));
      return typeof choice === "string" ? choice : { ...choice, name, description };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What a client asks for; a sentence where that is wrong. */
export function parseChoice(line: string): Omit<BmpChoice, "name" | "description"> | string {
  const given = new URLSearchParams(line.trim());
  const unknown = [...given.keys()].find((key) => !options.includes(key));
  if (unknown !== undefined) return `unknown option ${unknown}: the options are ${options.join(", ")}`;
  const list = (key: string) => given.get(key)?.split(",").filter((word) => word !== "");
  const tables = list("monitor") ?? [...monitorTables];
  const table = tables.find((word) => !(monitorTables as readonly string[]).includes(word));
  if (table !== undefined) return `unknown table ${table}: the tables are ${monitorTables.join(", ")}`;
  const names = list("families");
  const families = names?.map((word) => familyByName(word.replaceAll("-", " ")) ?? familyByName(word));
  const wrong = families?.indexOf(undefined) ?? -1;
  if (wrong !== -1) return `unknown family ${names![wrong]}`;
  for (const key of ["dump", "mirror"]) {
    if (!["true", "false", null].includes(given.get(key))) return `${key} is true or false`;
  }
  const statistics = Number(given.get("statistics") ?? "0");
  if (!Number.isInteger(statistics) || statistics < 0 || statistics > 86_400) {
    return "statistics is a whole number of seconds, 86400 at most";
  }
  return {
    tables: tables as MonitorTable[],
    peers: list("peers"),
    families: families === undefined ? allFamilies : familyMask(families.map((family) => family!.id)),
    dump: given.get("dump") !== "false",
    mirrors: given.get("mirror") === "true",
    statisticsMs: 1000 * statistics,
  };
}

const options = ["monitor", "peers", "families", "dump", "mirror", "statistics"];

async function readLine(client: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(longestLine);
  for (let size = 0; size < buffer.length;) {
    const count = await client.read(buffer.subarray(size));
    if (count === null) throw new Error("the client hung up");
    size += count;
    const end = buffer.subarray(0, size).indexOf(10);
    if (end !== -1) return new TextDecoder().decode(buffer.subarray(0, end));
  }
  throw new Error("the line is too long");
}

async function writeAll(client: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await client.write(bytes.subarray(at));
}

function hangUp(client: Deno.Conn): void {
  try {
    client.close();
  } catch {
    // It is closed already.
  }
}
