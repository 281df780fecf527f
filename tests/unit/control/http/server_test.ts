/** The sockets of the API. */
import assert from "node:assert/strict";
import { HttpError, type HttpOptions, serveHttp } from "../../../../src/control/http/mod.ts";
import { freePort, loopback } from "../../../support/net.ts";
import { waitFor } from "../../../support/wait.ts";
import { FakeTarget } from "../fake_target.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function options(folder: string, more: Partial<HttpOptions> = {}): HttpOptions & { warnings: string[] } {
  const warnings: string[] = [];
  return {
    target: new FakeTarget(),
    version: "1.2.3",
    control: { path: `${folder}/bgpd.db.sock`, mode: 0o600 },
    tcp: undefined,
    token: () => undefined,
    maxConnections: { unix: 4, tcp: 4 },
    onError: (error) => assert.fail(String(error)),
    warn: (text) => void warnings.push(text),
    ...more,
    warnings,
  };
}

async function overUnix(path: string, method: string, route: string): Promise<{ status: number; text: string }> {
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  const response = await fetch(`http://bgpd${route}`, { client, method });
  return { status: response.status, text: await response.text() };
}

Deno.test("the Unix socket is for its owner only, may change everything, and is removed with the server", () =>
  inFolder(async (folder) => {
    const given = options(folder);
    const server = serveHttp(given);
    const { mode, isSocket } = Deno.statSync(given.control.path);
    assert.equal(isSocket, true);
    assert.equal(mode! & 0o777, 0o600);
    assert.equal((await overUnix(given.control.path, "GET", "/api/v1/peers")).status, 200);
    assert.equal((await overUnix(given.control.path, "POST", "/api/v1/peers/first/enable")).status, 200);
    await server.close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("the socket for readers answers questions, refuses changes, and is removed with the server", () =>
  inFolder(async (folder) => {
    const readers = { path: `${folder}/bgpd.db.read.sock`, mode: 0o660, groupId: Deno.gid() ?? 0 };
    const given = options(folder, { readers });
    const server = serveHttp(given);
    const { mode, gid } = Deno.statSync(readers.path);
    assert.deepEqual([mode! & 0o777, gid], [0o660, readers.groupId]);
    assert.equal((await overUnix(readers.path, "GET", "/api/v1/peers")).status, 200);
    const refused = await overUnix(readers.path, "POST", "/api/v1/peers/first/enable");
    assert.equal(refused.status, 403);
    assert.match(refused.text, /you may only read/);
    await server.close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    assert.deepEqual(given.warnings, []);
  }));

Deno.test("a control socket that may not have its group is there for its owner only", () =>
  inFolder(async (folder) => {
    const control = { path: `${folder}/bgpd.db.sock`, mode: 0o660, groupId: 4242 };
    const given = options(folder, { control });
    const { chownSync } = Deno;
    // What the kernel does where the user is no member of the group; root may give a file to every group.
    Deno.chownSync = () => {
      throw new Deno.errors.PermissionDenied("Operation not permitted");
    };
    const server = serveHttp(given);
    Deno.chownSync = chownSync;
    assert.equal(Deno.statSync(control.path).mode! & 0o777, 0o600);
    assert.equal((await overUnix(control.path, "POST", "/api/v1/peers/first/enable")).status, 200);
    assert.deepEqual(given.warnings, [
      `control socket: ${control.path} is for its owner only: the user of bgpd is no member of the group 4242; ` +
      "make it one, and start bgpd again",
    ]);
    await server.close();
  }));

Deno.test("the socket of a killed daemon is replaced", () =>
  inFolder(async (folder) => {
    const given = options(folder);
    const dead = Deno.listen({ transport: "unix", path: `${folder}/dead` });
    Deno.renameSync(`${folder}/dead`, given.control.path);
    dead.close();
    assert.equal(Deno.statSync(given.control.path).isSocket, true);
    const server = serveHttp(given);
    assert.equal((await overUnix(given.control.path, "GET", "/api/v1/status")).status, 200);
    await server.close();
    assert.deepEqual(given.warnings, []);
  }));

Deno.test("a file that is not a socket stays; the daemon gets a warning and goes on", () =>
  inFolder(async (folder) => {
    const given = options(folder);
    Deno.writeTextFileSync(given.control.path, "precious");
    const server = serveHttp(given);
    assert.equal(Deno.readTextFileSync(given.control.path), "precious");
    assert.deepEqual(given.warnings, [`no control socket: ${given.control.path} exists and is not a socket`]);
    await server.close();
    assert.equal(Deno.readTextFileSync(given.control.path), "precious");
  }));

Deno.test("a path that is too long for a socket is only a warning", () =>
  inFolder(async (folder) => {
    const socketPath = `${folder}/${"x".repeat(100)}`;
    Deno.mkdirSync(socketPath);
    const given = options(folder, { control: { path: `${socketPath}/${"y".repeat(60)}`, mode: 0o600 } });
    await serveHttp(given).close();
    assert.match(given.warnings[0]!, /cannot be opened: its path is too long$/);
    assert.deepEqual([...Deno.readDirSync(socketPath)], []);
  }));

Deno.test("over TCP, reading works and a change is 403; a port in use is one sentence", () =>
  inFolder(async (folder) => {
    const server = serveHttp(options(folder, { tcp: { address: "127.0.0.1", port: 0 } }));
    const url = `http://127.0.0.1:${server.tcpPort}/api/v1`;
    const read = await fetch(`${url}/peers`);
    assert.equal((await read.json()).length, 1);
    const change = await fetch(`${url}/peers/first/enable`, { method: "POST" });
    assert.equal(change.status, 403);
    await change.body!.cancel();
    const port = server.tcpPort!;
    const other = options(folder, {
      control: { path: `${folder}/other.sock`, mode: 0o600 },
      tcp: { address: "127.0.0.1", port },
    });
    assert.throws(() => serveHttp(other), (error: Error) => {
      assert.ok(error instanceof HttpError);
      assert.equal(error.message, `api_socket 127.0.0.1 port ${port} cannot be opened: it is already in use`);
      return true;
    });
    await server.close();
    // The failed server closes asynchronously; this takes longer on a busy machine.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }));

Deno.test("the TCP socket moves: the new one answers, the old one does not; a port in use changes nothing", () =>
  inFolder(async (folder) => {
    const [first, second] = [loopback(), loopback()].map((address) => ({ address, port: freePort(address) }));
    const server = serveHttp(options(folder, { tcp: first! }));
    const answers = async ({ address, port }: { address: string; port: number }) => {
      const response = await fetch(`http://${address}:${port}/api/v1/status`);
      await response.body?.cancel();
      return response.status === 200;
    };
    assert.equal(await answers(first!), true);
    using _holder = Deno.listen({ hostname: second!.address, port: second!.port });
    assert.throws(() => server.moveTcp(second), HttpError);
    assert.equal(await answers(first!), true);
    const third = { ...second!, port: freePort(second!.address) };
    server.moveTcp(third);
    assert.equal(await answers(third), true);
    await waitFor("the old one to be closed", () => answers(first!).then(() => false, () => true));
    server.moveTcp(undefined);
    await waitFor("this one, too", () => answers(third).then(() => false, () => true));
    assert.equal(server.tcpPort, undefined);
    await server.close();
  }));
