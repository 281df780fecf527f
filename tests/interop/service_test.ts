/** bgpd under a service manager: sd_notify(3), with a watchdog that sees a thread that hangs. */
import assert from "node:assert/strict";
import { openDatagramSender } from "../../src/transport/datagram.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { NotifySocket } from "../support/notify_socket.ts";
import { Process } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";

const periodMs = 1200;

async function supervised(work: (socket: NotifySocket, bgpd: Bgpd) => Promise<void>): Promise<void> {
  using socket = new NotifySocket(`@bgpd-service-test-${crypto.randomUUID()}`);
  const at = { address: loopback(), port: 0 };
  at.port = freePort(at.address);
  const local = loopback();
  const config = `${configHead(at)}[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n`;
  const env = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: String(periodMs * 1000) };
  await using bgpd = await startBgpd({ config, env });
  await socket.waitFor("READY=1");
  const session = await ScriptedPeer.connect({ ...at, local, asn: 65001 });
  session.announce("203.0.113.0/24");
  await work(socket, bgpd);
  session.close();
}

Deno.test("a service manager hears of the start, the peers, a reload, a restart and the end", async () => {
  await supervised(async (socket, bgpd) => {
    assert.ok(socket.lines.indexOf("STATUS=starting") < socket.lines.indexOf("READY=1"), socket.lines.join("\n"));
    await socket.waitFor("WATCHDOG=1");
    await socket.waitFor("STATUS=1 of 1 peers Established, 1 routes received");
    for (const command of ["reload", "restart"]) {
      const before = socket.lines.length;
      assert.equal((await bgpd.command(command)).code, 0, bgpd.log);
      await socket.waitFor("RELOADING=1", before);
      await socket.waitFor("READY=1", before);
    }
    assert.equal(await bgpd.stop(), 0);
    assert.equal(socket.lines.filter((line) => line === "STOPPING=1").length, 1);
    assert.doesNotMatch(socket.lines.slice(socket.lines.indexOf("STOPPING=1")).join("\n"), /READY/);
  });
});

Deno.test("a service manager that has no room for READY=1 gets it later", async () => {
  using socket = new NotifySocket(`@bgpd-service-test-${crypto.randomUUID()}`);
  const others = openDatagramSender(socket.path);
  while (others.send("X"));
  const at = { address: loopback(), port: 0 };
  at.port = freePort(at.address);
  await using _bgpd = await startBgpd({ config: configHead(at), env: { NOTIFY_SOCKET: socket.path } });
  // An empty table is loaded in a moment; if READY=1 came later than this, the test would prove nothing.
  await sleep(1000);
  assert.deepEqual(socket.lines.filter((line) => line !== "X"), []);
  await socket.waitFor("READY=1");
});

Deno.test("a refused reload ends in the status as well, and bgpd goes on", async () => {
  await supervised(async (socket, bgpd) => {
    await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, "router_id = 1\n");
    const before = socket.lines.length;
    assert.equal((await bgpd.command("reload")).code, 1);
    await socket.waitFor("READY=1", before);
  });
});

Deno.test("a RIB thread that hangs stops the signs of life, and they come back with it", async () => {
  await supervised(async (socket, bgpd) => {
    await socket.waitFor("WATCHDOG=1");
    const frozen = await freeze(bgpd.process.pid, 2);
    try {
      await waitFor("the error", () => /the RIB thread has not answered for \d+ s/.test(bgpd.log));
      const before = socket.lines.length;
      await sleep(2 * periodMs);
      assert.deepEqual(socket.lines.slice(before).filter((line) => line === "WATCHDOG=1"), []);
    } finally {
      frozen.signal("SIGKILL");
      await frozen.end();
    }
    await socket.waitFor("WATCHDOG=1", socket.lines.length);
  });
});

/**
 * Stops a thread of a process with ptrace(2) until the process that is returned ends. The store thread is Deno's first
 * worker, the RIB thread its second. In Python, because Deno does not read /proc.
 */
async function freeze(pid: number, worker: number): Promise<Process> {
  const script = `
import ctypes, glob, time
comms = glob.glob("/proc/${pid}/task/*/comm")
thread = next(int(path.split("/")[4]) for path in comms if open(path).read().strip() == "worker-${worker}")
libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long] * 4
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
refused = libc.ptrace(PTRACE_SEIZE, thread, 0, 0) or libc.ptrace(PTRACE_INTERRUPT, thread, 0, 0)
print("refused" if refused else "frozen", flush=True)
time.sleep(600)
`;
  const process = new Process("python3", { args: ["-c", script] });
  assert.equal(await process.waitForLine(/^(frozen|refused)$/), "frozen");
  return process;
}
