/** `bgpd web` among clients that mean harm: each is refused in words, and the others are served. */

import assert from "node:assert/strict";
import { bgpdPath, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process } from "../support/process.ts";
import { rssMb } from "../support/memory.ts";
import { waitFor } from "../support/wait.ts";

interface Glass {
  readonly port: number;
  readonly process: Process;
  /** The status of a usual question. */
  status(): Promise<number>;
}

async function withGlass(keys: string, work: (glass: Glass) => Promise<void>): Promise<void> {
  const address = loopback(), port = freePort("127.0.0.1");
  const config = configHead({ address, port: freePort(address) }) + `[web]\nlisten = "127.0.0.1:${port}"\n${keys}\n`;
  await using bgpd = await startBgpd({ config });
  const web = new Process(bgpdPath, { args: ["web", "-c", "bgpd.toml"], cwd: bgpd.folder });
  try {
    await web.waitForLine(/the page is at/);
    const status = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/status`, { headers: { connection: "close" } });
      await response.body?.cancel();
      return response.status;
    };
    await work({ port, process: web, status });
    assert.equal(await status(), 200);
    assert.equal(web.running, true, web.log());
    assert.doesNotMatch(web.log(), /has a bug|Uncaught|a worker has ended/);
  } finally {
    await web.stop();
  }
}

function connect(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** Everything that comes until the end of the connection. */
async function readAll(conn: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536), decoder = new TextDecoder();
  try {
    for (let count; (count = await conn.read(buffer)) !== null;) text += decoder.decode(buffer.subarray(0, count));
  } catch {
    // A reset is an end, too.
  }
  return text;
}

async function send(port: number, text: string): Promise<string> {
  using conn = await connect(port);
  await conn.write(new TextEncoder().encode(text));
  return await readAll(conn);
}

const end = "connection: close\r\n\r\n";

Deno.test("what is malformed, foreign or a trick is refused with the right status", () =>
  withGlass("rate_limit = 0", async ({ port }) => {
    const host = `host: 127.0.0.1:${port}\r\n`;
    const asked: readonly (readonly [status: number, request: string])[] = [
      [200, `GET /api/v1/status HTTP/1.1\r\n${host}${end}`],
      [404, `GET /../../etc/passwd HTTP/1.1\r\n${host}${end}`],
      [404, `GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n${host}${end}`],
      [404, `GET /api/v1/..%2f..%2fetc%2fpasswd HTTP/1.1\r\n${host}${end}`],
      [404, `GET //etc/passwd HTTP/1.1\r\n${host}${end}`],
      [400, `GET /api/v1/peers/%zz HTTP/1.1\r\n${host}${end}`],
      [400, `GET /api/v1/peers/%ff HTTP/1.1\r\n${host}${end}`],
      [421, `GET /api/v1/status HTTP/1.1\r\nhost: evil.example\r\n${end}`],
      [421, `GET /api/v1/status HTTP/1.1\r\n${end}`],
      [421, `GET /api/v1/status HTTP/1.1\r\n${host}host: evil.example\r\n${end}`],
      [421, `GET http://127.0.0.1/api/v1/status HTTP/1.1\r\nhost: evil.example\r\n${end}`],
      [405, `POST /api/v1/status HTTP/1.1\r\n${host}origin: http://evil.example\r\ncontent-length: 0\r\n${end}`],
      [405, `DELETE / HTTP/1.1\r\n${host}${end}`],
      [501, `TRACE / HTTP/1.1\r\n${host}${end}`],
      [413, `POST / HTTP/1.1\r\n${host}content-length: 999999999\r\n${end}`],
      [411, `POST / HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n${end}`],
      [400, `GET / HTTP/1.1\r\n${host}content-length: 1\r\ncontent-length: 2\r\n${end}`],
      [400, `GET / HTTP/1.1\r\n${host}x y: z\r\n${end}`],
      [431, `GET / HTTP/1.1\r\n${host}x: ${"y".repeat(20_000)}\r\n${end}`],
      [400, `GET /${"y".repeat(9_000)} HTTP/1.1\r\n${host}${end}`],
      [505, `GET / HTTP/2.0\r\n${host}${end}`],
      [400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n"],
    ];
    for (const [status, request] of asked) {
      const answer = await send(port, request);
      assert.equal(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), status, `${request.slice(0, 200)}\n${answer}`);
      assert.doesNotMatch(answer, /root:/);
    }
  }));

Deno.test("the answer to HEAD has no body, whatever it is (RFC 9110 §9.3.2): the next answer stays readable", () =>
  withGlass("rate_limit = 0", async ({ port }) => {
    const host = `host: 127.0.0.1:${port}\r\n`;
    const paths = ["/nothing", "/api/v1/status", "/api/v1/nothing", "/api/v1/peers/%zz", "/api/v1/routes"];
    for (const path of paths) {
      const answer = await send(
        port,
        `HEAD ${path} HTTP/1.1\r\n${host}\r\nGET /api/v1/status HTTP/1.1\r\n${host}${end}`,
      );
      const [first = "", second = ""] = answer.split("\r\n\r\n");
      assert.match(first, /^HTTP\/1\.1 \d+/, path);
      assert.match(second, /^HTTP\/1\.1 200 /, `${path}\n${answer}`);
    }
    const refused = await send(port, `HEAD / HTTP/1.1\r\nhost: evil.example\r\n${end}`);
    assert.match(refused, /^HTTP\/1\.1 421 [^]*\r\n\r\n$/);
  }));

Deno.test("more sockets than may be open, and clients that send a byte now and then: others are served", () =>
  withGlass("rate_limit = 0\nmax_clients = 200", async ({ port, status }) => {
    const sockets: Deno.TcpConn[] = [];
    try {
      for (let i = 0; i < 600; i++) sockets.push(await connect(port));
      assert.equal(await status(), 200);
      const slow = await Promise.all(Array.from({ length: 50 }, async () => {
        const conn = await connect(port);
        sockets.push(conn);
        await conn.write(new TextEncoder().encode("G"));
        return conn;
      }));
      assert.equal(await status(), 200);
      // The first octet was the beginning of a request, which may take 10 s: then the connection ends.
      for (const conn of slow) assert.equal(await readAll(conn), "");
    } finally {
      for (const conn of sockets) conn.close();
    }
  }));

Deno.test("a flood of questions whose clients hang up at any moment takes bounded memory and leaves nothing", () =>
  withGlass("rate_limit = 0", async ({ port, process, status }) => {
    const paths = ["/api/v1/status", "/api/v1/routes?limit=all&format=ndjson", "/api/v1/map", "/birdwatcher/status"];
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          using conn = await connect(port);
          const path = paths[i % paths.length];
          const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: a/${round}-${i}\r\n\r\n`;
          await conn.write(new TextEncoder().encode(request.slice(0, i % 5 === 0 ? 10 : undefined)));
          if (i % 5 !== 0 && i % 3 === 0) await conn.read(new Uint8Array(1 + i));
        }).map((each) => each.catch(() => undefined)),
      );
    }
    await waitFor("an answer", async () => await status() === 200);
    const rss = await rssMb(process.pid);
    assert.ok(rss < 400, `${rss} MB`);
  }));

Deno.test("a client that asks more than rate_limit allows gets 429 and when to come again", () =>
  withGlass("rate_limit = 5", async ({ port }) => {
    const request = `GET /api/v1/status HTTP/1.1\r\nhost: 127.0.0.1\r\n${end}`;
    const answers = await Promise.all(Array.from({ length: 80 }, () => send(port, request)));
    const refused = answers.filter((answer) => answer.startsWith("HTTP/1.1 429 "));
    assert.ok(refused.length > 0);
    for (const answer of refused) assert.match(answer, /retry-after: \d+[^]*too many requests from 127\.0\.0\.1/);
    await waitFor("another place", async () => (await send(port, request)).startsWith("HTTP/1.1 200 "));
    // The last look of withGlass counts, too.
    await waitFor("room for one more", async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/api/v1/status`);
      return status === 200;
    }, { intervalMs: 1_000 });
  }));
