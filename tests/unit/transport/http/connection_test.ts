/** An HTTP connection over a real socket: order, time limits, and clients that hang up. */
import assert from "node:assert/strict";
import type { App, Patience } from "../../../../src/transport/http/connection.ts";
import { HttpListening } from "../../../../src/transport/http/listening.ts";
import { waitFor } from "../../../support/wait.ts";

const patient: Patience = { idleMs: 30_000, requestMs: 30_000, writeMs: 30_000, answerMs: 30_000 };

interface Server {
  readonly port: number;
  connect(): Promise<Client>;
}

class Client {
  text = "";
  ended = false;
  readonly #conn: Deno.TcpConn;

  constructor(conn: Deno.TcpConn, reads = true) {
    this.#conn = conn;
    if (reads) void this.#read();
  }

  async send(text: string): Promise<void> {
    await this.#conn.write(new TextEncoder().encode(text));
  }

  async until(pattern: RegExp): Promise<void> {
    await waitFor(String(pattern), () => pattern.test(this.text), { while: () => !this.ended, intervalMs: 5 });
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // The server closed the connection first.
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) break;
        this.text += decoder.decode(buffer.subarray(0, count));
      }
    } catch {
      // A reset also ends the stream.
    }
    this.ended = true;
    this.close();
  }
}

async function serving(
  app: App,
  work: (server: Server) => Promise<void>,
  { patience = patient, maxConnections = 8 } = {},
): Promise<void> {
  const tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const onFailure = (error: unknown) => assert.fail(String(error));
  const listening = new HttpListening(tcp, { app, maxConnections, patience, onFailure });
  const clients: Client[] = [];
  const { port } = tcp.addr as Deno.NetAddr;
  try {
    await work({
      port,
      connect: async () => {
        const client = new Client(await Deno.connect({ hostname: "127.0.0.1", port }));
        clients.push(client);
        return client;
      },
    });
  } finally {
    for (const client of clients) client.close();
    listening.destroy();
    await listening.shutdown();
    await waitFor("all connections to end", () => clients.every(({ ended }) => ended), { intervalMs: 5 });
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

Deno.test("requests sent at once are answered one after the other, on one connection", () =>
  serving((request) => new Response(`${new URL(request.url).pathname}\n`), async ({ connect }) => {
    const client = await connect();
    await client.send(get("/one") + get("/two") + get("/three"));
    await client.until(/\/one\n[^]*\/two\n[^]*\/three\n/);
    assert.equal(client.text.match(/HTTP\/1\.1 200 OK\r\n/g)?.length, 3);
    assert.match(client.text, /content-length: 5\r\n/);
  }));

Deno.test("a request in pieces is one request, and its body reaches the application", () =>
  serving(async (request) => new Response(`${request.method} ${await request.text()}\n`), async ({ connect }) => {
    const client = await connect();
    for (const piece of ["POST / HT", "TP/1.1\r\nHost: a\r\nContent-", "Length: 11\r\n\r\nhello", " world"]) {
      await client.send(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await client.until(/POST hello world\n/);
  }));

Deno.test("RFC 9110 §10.1.1: a client that expects 100 Continue gets it", () =>
  serving(async (request) => new Response(await request.text()), async ({ connect }) => {
    const client = await connect();
    await client.send("POST / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    await client.send("body");
    await client.until(/200 OK[^]*body$/);
  }));

function threeChunks(): Response {
  let left = 3;
  return new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(`part ${left}\n`));
        if (--left === 0) controller.close();
      },
    }),
  );
}

Deno.test("a long answer comes in chunks; to HTTP/1.0 it ends with the connection", () =>
  serving(threeChunks, async ({ connect }) => {
    const client = await connect();
    await client.send(get("/") + get("/"));
    await client.until(/(?:7\r\npart 3\n\r\n7\r\npart 2\n\r\n7\r\npart 1\n\r\n0\r\n\r\n[^]*){2}$/);
    const old = await connect();
    await old.send("GET / HTTP/1.0\r\n\r\n");
    await waitFor("the end", () => old.ended);
    assert.match(old.text, /\r\n\r\npart 3\npart 2\npart 1\n$/);
  }));

Deno.test("a malformed request gets its status, and the connection ends", () =>
  serving(() => assert.fail("nobody is asked"), async ({ connect }) => {
    const client = await connect();
    await client.send("HELLO\r\n\r\n");
    await waitFor("the end", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 400 Bad Request\r\n[^]*\{"error":"[^"]+"\}\n$/);
  }));

Deno.test("when the client hangs up, the signal of its request is aborted", async () => {
  let asked = 0, aborted = 0;
  const app: App = ({ signal }) => {
    asked++;
    signal.addEventListener("abort", () => aborted++);
    return new Promise(() => {});
  };
  await serving(app, async ({ connect }) => {
    const client = await connect();
    // The first octet of the next request follows.
    await client.send(get("/") + "G");
    await waitFor("the question", () => asked === 1, { intervalMs: 5 });
    client.close();
    await waitFor("its end", () => aborted === 1, { intervalMs: 5 });
  });
});

Deno.test("when the client hangs up during an answer, the source of the answer is stopped", async () => {
  let made = 0, isCancelled = false;
  const app: App = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          made++;
          controller.enqueue(new Uint8Array(65_536));
        },
        cancel() {
          isCancelled = true;
        },
      }),
    );
  await serving(app, async ({ port }) => {
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode(get("/")));
    await waitFor("a full socket", async () => {
      const before = made;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return made > 2 && made === before;
    });
    client.close();
    await waitFor("the end", () => isCancelled, { intervalMs: 5 });
  });
});

Deno.test("time limits: for a request, between two, for reading the answer, for making the answer", async () => {
  const never: App = ({ url }) =>
    url.endsWith("/never")
      ? new Promise<Response>(() => {})
      : new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }));
  const limits = ["idleMs", "requestMs", "answerMs", "writeMs"] as const;
  const asks = { idleMs: "", requestMs: "GET /", answerMs: get("/never"), writeMs: get("/endless") };
  for (const limit of limits) {
    await serving(never, async ({ port }) => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      await conn.write(new TextEncoder().encode(asks[limit]));
      const client = new Client(conn, limit !== "writeMs");
      if (limit === "writeMs") {
        // This client never reads: it notices the closed connection when it writes.
        const gone = async () => {
          await client.send("x");
          return false;
        };
        await waitFor("the end", () => gone().catch(() => true), { intervalMs: 20 });
        client.close();
      } else await waitFor("the end", () => client.ended, { intervalMs: 5 });
    }, { patience: { ...patient, [limit]: 100 } });
  }
});

Deno.test("at the limit, the connection that is idle for longest is closed; if none is idle, 503", async () => {
  let asked = 0;
  const app: App = () => {
    asked++;
    return new Promise(() => {});
  };
  await serving(app, async ({ connect }) => {
    const first = await connect();
    const second = await connect();
    const third = await connect();
    await waitFor("the first to go", () => first.ended, { intervalMs: 5 });
    for (const client of [second, third]) await client.send(get("/"));
    await waitFor("both questions", () => asked === 2, { intervalMs: 5 });
    const fourth = await connect();
    await fourth.send(get("/"));
    await waitFor("an answer", () => fourth.ended, { intervalMs: 5 });
    assert.match(fourth.text, /^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*too many clients/);
    assert.equal(second.ended || third.ended, false);
  }, { maxConnections: 2 });
});
