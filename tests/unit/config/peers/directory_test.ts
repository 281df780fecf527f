/** Whom a word means: a name first, then an address or a description that one peer alone has. */
import assert from "node:assert/strict";
import { PeerDirectory, whyNotFound } from "../../../../src/config/mod.ts";

function directory(): PeerDirectory<number> {
  return new PeerDirectory([
    [{ name: "192.0.2.1", remoteIp: "192.0.2.1", description: "edge" }, 1],
    [{ name: "a", remoteIp: "192.0.2.2", description: "edge" }, 2],
    [{ name: "b", remoteIp: "192.0.2.2", description: "core" }, 3],
    [{ name: "c", remoteIp: "fe80::1%eth0", description: "a" }, 4],
    [{ name: "d", remoteIp: "fe80::1%eth1", description: undefined }, 5],
    [{ name: "net", remoteIp: "10.0.0.0/8", description: undefined }, 6],
  ]);
}

function whom(peers: PeerDirectory<number>, word: string): string {
  const search = peers.find(word);
  return search.kind === "found" ? `${search.name} ${search.peer}` : whyNotFound(word, search);
}

Deno.test("a name finds its peer, even if it is also an address or description of another peer", () => {
  assert.equal(whom(directory(), "a"), "a 2");
  assert.equal(whom(directory(), "192.0.2.1"), "192.0.2.1 1");
});

Deno.test("an address or a description finds a peer if no other peer has it; else the names are listed", () => {
  const peers = directory();
  assert.equal(whom(peers, "FE80:0::1%eth1"), "d 5");
  assert.equal(whom(peers, "core"), "b 3");
  assert.equal(whom(peers, "10.0.0.0/8"), "net 6");
  assert.equal(whom(peers, "192.0.2.2"), "192.0.2.2 is the address of 2 peers: name one of a, b");
  assert.equal(whom(peers, "edge"), "edge is the description of 2 peers: name one of 192.0.2.1, a");
  assert.equal(whom(peers, "fe80::1"), "there is no peer fe80::1; `bgpd show peers` lists all");
  peers.delete("a");
  assert.equal(whom(peers, "192.0.2.2"), "b 3");
  assert.equal(whom(peers, "edge"), "192.0.2.1 1");
});

Deno.test("a peer that is replaced is found by its new name, address and description", () => {
  const peers = directory();
  peers.set({ name: "b", remoteIp: "192.0.2.3", description: "rim" }, 7);
  assert.deepEqual(["b", "192.0.2.3", "rim", "core", "192.0.2.2"].map((word) => whom(peers, word)), [
    "b 7",
    "b 7",
    "b 7",
    "there is no peer core; `bgpd show peers` lists all",
    "a 2",
  ]);
});
