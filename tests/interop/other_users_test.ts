/**
 * Users beside the one of bgpd, each with a real uid: members of `database_group` read the database, whether bgpd runs,
 * was stopped or was killed, and ask the daemon; members of `control_group` change things; others do nothing.
 */
import assert from "node:assert/strict";
import { type Bgpd, bgpdPath, startBgpd } from "../support/bgpd.ts";
import { configHead, peerTable } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process, run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";

/** Groups that no file of this machine has; users are named after the groups that they belong to. */
const noc = 64_101, netops = 64_102, nobody = 64_103;

function as(group: number, program: string, ...args: string[]) {
  const identity = [`--reuid=${group}`, `--regid=${group}`, "--clear-groups"];
  return run("setpriv", [...identity, program, ...args]);
}

/** The status of a request over a Unix socket: 200, 403 …; "refused" without the right to connect. */
async function ask(group: number, socket: string, request: string): Promise<string> {
  const script = `
import socket, sys
connection = socket.socket(socket.AF_UNIX)
try:
    connection.connect(sys.argv[1])
    connection.sendall((sys.argv[2] + " HTTP/1.1\\r\\nhost: bgpd\\r\\ncontent-length: 0\\r\\n\\r\\n").encode())
    print(connection.recv(12).decode().split()[1])
except PermissionError:
    print("refused")
`;
  const { stdout, stderr } = await as(group, "/usr/bin/python3", "-c", script, socket, request);
  return stdout.trim() || stderr;
}

function routes(group: number, bgpd: Bgpd) {
  return as(group, "sqlite3", "-cmd", ".timeout 5000", bgpd.database, "SELECT prefix FROM rib");
}

const canSwitchUser = Deno.uid() === 0;
if (!canSwitchUser) console.warn("skipped: tests with other users need root");

async function withUsers(work: (bgpd: Bgpd) => Promise<void>): Promise<void> {
  const at = { address: loopback(), port: 0 };
  at.port = freePort(at.address);
  const local = loopback();
  const folder = await Deno.makeTempDir();
  try {
    // Users must reach the files; nobody may list the folder.
    await Deno.chmod(folder, 0o711);
    const keys = `database_group = "${noc}"\ncontrol_mode = "0660"\ncontrol_group = "${netops}"\n`;
    const config = configHead(at) + keys + peerTable(local, { lines: "passive = true" });
    await using bgpd = await startBgpd({ config, cwd: folder });
    const session = await ScriptedPeer.connect({ ...at, local, asn: 65001 });
    session.announce("203.0.113.0/24");
    await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
    await work(bgpd);
    session.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "a reader asks the daemon and changes nothing, a member of control_group changes things, others do neither",
  ignore: !canSwitchUser,
  fn: () =>
    withUsers(async (bgpd) => {
      const control = `${bgpd.database}.sock`, readers = `${bgpd.database}.read.sock`;
      const reads = "GET /api/v1/peers", changes = "POST /api/v1/reload";
      assert.equal(await ask(noc, readers, reads), "200");
      assert.equal(await ask(noc, readers, changes), "403");
      assert.equal(await ask(noc, control, reads), "refused");
      assert.equal(await ask(netops, control, reads), "200");
      assert.equal(await ask(netops, control, changes), "200");
      for (const socket of [control, readers]) assert.equal(await ask(nobody, socket, reads), "refused");
      // The live socket streams what readers may read: it answers a line that is none of its own, and nobody else.
      const live = `${bgpd.database}.live.sock`;
      assert.notEqual(await ask(noc, live, reads), "refused");
      assert.equal(await ask(nobody, live, reads), "refused");
    }),
});

for (const end of ["runs", "was stopped", "was killed"] as const) {
  Deno.test({
    name: `a member of database_group reads the database with sqlite3 while bgpd ${end}; others do not`,
    ignore: !canSwitchUser,
    fn: () =>
      withUsers(async (bgpd) => {
        if (end !== "runs") await bgpd.stop(end === "was killed" ? "SIGKILL" : "SIGTERM");
        const read = await routes(noc, bgpd);
        assert.equal(read.stdout, "203.0.113.0/24\n", read.stderr);
        assert.notEqual((await routes(nobody, bgpd)).code, 0);
      }),
  });
}

for (const end of ["runs", "was stopped", "was killed"] as const) {
  Deno.test({
    name: `bgpd web as a member of database_group answers while bgpd ${end}; as somebody else it says why not`,
    ignore: !canSwitchUser,
    fn: () =>
      withUsers(async (bgpd) => {
        // Where the runtime stands in the home of another user, the launcher takes the one of PATH.
        await Deno.copyFile(Deno.execPath(), `${bgpd.folder}/deno`);
        if (end !== "runs") await bgpd.stop(end === "was killed" ? "SIGKILL" : "SIGTERM");
        for (const [group, status, said] of [[noc, 200, /203\.0\.113\.0\/24/], [nobody, 503, /database/]] as const) {
          const port = freePort("127.0.0.1");
          const identity = [`--reuid=${group}`, `--regid=${group}`, "--clear-groups"];
          const place = ["-d", bgpd.database, "--listen", `127.0.0.1:${port}`];
          const env = ["env", `PATH=${bgpd.folder}:/usr/bin:/bin`];
          const web = new Process("setpriv", { args: [...identity, ...env, bgpdPath, "web", ...place], cwd: "/" });
          try {
            await web.waitForLine(/the page is at/);
            const response = await fetch(`http://127.0.0.1:${port}/api/v1/routes?prefix=203.0.113.0/24`);
            assert.match(await response.text(), said);
            assert.equal(response.status, status);
          } finally {
            await web.stop();
          }
        }
      }),
  });
}

Deno.test("the next start takes over the files that a stopped daemon left for its readers", async () => {
  const at = { address: loopback(), port: 0 };
  at.port = freePort(at.address);
  const folder = await Deno.makeTempDir();
  try {
    for (let i = 0; i < 2; i++) {
      await using bgpd = await startBgpd({ config: configHead(at), cwd: folder });
      assert.equal(await bgpd.stop(), 0, bgpd.log);
      for (const end of ["-wal", "-shm"]) {
        const { size, mode } = await Deno.stat(`${folder}/bgpd.db${end}`);
        assert.deepEqual({ size, mode: mode! & 0o777 }, { size: 0, mode: 0o640 });
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
