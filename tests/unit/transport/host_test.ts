/** The state of this machine, as the kernel tells it. */
import assert from "node:assert/strict";
import {
  clockState,
  droppedByMd5,
  fileSpace,
  openFilesLimit,
  protectionRefused,
  residentBytes,
  routeTo,
  tcpConnections,
  whoListens,
} from "../../../src/transport/mod.ts";
import { parseDropped, parseListening } from "../../../src/transport/host.ts";
import { listSystemFolder, readSystemFile, readSystemLink } from "../../../src/transport/proc.ts";

Deno.test("/proc: files, folders and links", () => {
  assert.match(readSystemFile("/proc/version") ?? "", /^Linux/);
  assert.equal(readSystemFile("/proc/nothing"), undefined);
  assert.ok(listSystemFolder("/proc")!.includes(String(Deno.pid)));
  assert.equal(listSystemFolder("/proc/nothing"), undefined);
  assert.equal(readSystemLink("/proc/self/cwd"), Deno.cwd());
  assert.equal(readSystemLink("/proc/version"), undefined);
});

Deno.test("the clock, the disk and the limits of this machine can be read", () => {
  const clock = clockState();
  assert.ok(clock === undefined || clock.maxErrorMs >= 0);
  const space = fileSpace("/")!;
  assert.ok(space.totalBytes > space.freeBytes && space.freeBytes > 0, JSON.stringify(space));
  assert.equal(fileSpace("/nowhere"), undefined);
  assert.ok(openFilesLimit("self", "soft")! <= openFilesLimit("self", "hard")!);
  assert.ok(droppedByMd5()!.wrong >= 0);
  assert.ok(residentBytes(Deno.pid)! > 2 ** 20);
  assert.equal(residentBytes(2 ** 30), undefined, "no such process");
});

Deno.test("who listens on a port is found by its process", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  for (const address of ["127.0.0.1", "0.0.0.0", "::"]) {
    assert.equal(whoListens(address, port), `deno (pid ${Deno.pid})`, address);
  }
  assert.equal(whoListens("127.0.0.2", port), undefined, "another address");
});

Deno.test("the TCP connections of this machine, of IPv4 also where they came to a socket of IPv6", async () => {
  for (const hostname of ["127.0.0.1", "::"]) {
    using listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    using client = await Deno.connect({ hostname: "127.0.0.1", port });
    const ends = [{ address: "127.0.0.1", port }, { address: "127.0.0.1", port: client.localAddr.port }] as const;
    const ours = tcpConnections()!.filter(({ local, remote }) => local.port === port || remote.port === port);
    assert.deepEqual(ours.find(({ local }) => local.port === port), { local: ends[0], remote: ends[1] });
    assert.equal(ours.length, 2, JSON.stringify(ours));
  }
});

Deno.test("addresses of /proc/net/tcp and tcp6 are words of the processor", () => {
  const line = (local: string) =>
    `   0: ${local} 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 4242 1 0 100 0 0 10 0`;
  const [four, six] = parseListening(
    `  sl  local_address\n${line("0100007F:00B3")}\n${line("B80D0120000000000000000001000000:00B3")}\n`,
  );
  assert.deepEqual(four, { address: "127.0.0.1", port: 179, inode: "4242", userId: 105 });
  assert.equal(six!.address, "2001:db8::1");
  assert.deepEqual(parseListening(line("0100007F:00B3").replace(" 0A ", " 01 ")), [], "a connection");
});

Deno.test("counters of dropped segments are found by name", () => {
  const text = "TcpExt: A TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure\nTcpExt: 1 2 3 4\nIpExt: A\nIpExt: 9\n";
  assert.deepEqual(parseDropped(text), { unsigned: 2, unexpected: 3, wrong: 4 });
  assert.deepEqual(parseDropped("TcpExt: A\nTcpExt: 1\n"), { unsigned: 0, unexpected: 0, wrong: 0 });
  assert.equal(parseDropped(""), undefined);
});

Deno.test("the kernel's route to an address: from which address of ours, or why there is none", () => {
  assert.deepEqual(routeTo("127.0.0.9"), { kind: "route", from: "127.0.0.1" });
  assert.deepEqual(routeTo("::1"), { kind: "route", from: "::1" });
  assert.equal(routeTo("255.255.255.255").kind, "none");
});

Deno.test("RFC 2385, RFC 5082: this kernel takes keys for addresses and networks, and a minimum TTL", () => {
  assert.equal(protectionRefused(["192.0.2.1", "198.51.100.0/24", "2001:db8::1"]), undefined);
  assert.match(protectionRefused(["nonsense"])!, /neither an address nor a prefix/);
});
