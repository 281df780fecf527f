/** The body of a request that announces many routes. */
import assert from "node:assert/strict";
import { readBulkBody } from "../../../../src/daemon/store/bulk_body.ts";
import { blankAnnouncement } from "../../../../src/store/mod.ts";

const read = (body: unknown) => readBulkBody(new TextEncoder().encode(JSON.stringify(body)), "192.0.2.7");

Deno.test("a body is a list of announcements and withdrawals", () => {
  const body = {
    announce: [{ prefix: "10.0.0.0/8", next_hop: "192.0.2.1", med: 5, communities: ["65000:1", "no-export"] }],
    withdraw: [{ prefix: "11.0.0.0/8", peer: null }],
    source: "exabgp:flows",
    transaction: "t",
    more: true,
  };
  assert.deepEqual(read(body), {
    announce: [{
      ...blankAnnouncement,
      prefix: "10.0.0.0/8",
      nextHop: "192.0.2.1",
      med: 5,
      communities: "65000:1 no-export",
    }],
    withdraw: [{ prefix: "11.0.0.0/8", peer: null }],
    author: { source: "exabgp:flows", client: "192.0.2.7" },
    transaction: "t",
    more: true,
  });
  assert.deepEqual(read({}).announce, []);
});

Deno.test("a body of another shape is refused with one sentence", () => {
  const mistakes: [body: unknown, sentence: RegExp][] = [
    [[], /^the body must be an object$/],
    [{ announced: [] }, /^unknown key "announced"$/],
    [{ announce: {} }, /^announce must be a list$/],
    [{ announce: [5] }, /^announce 1: it must be an object$/],
    [{ announce: [{}, { nexthop: "x" }] }, /^announce 2: unknown key "nexthop"$/],
    [{ announce: [{ prefix: true }] }, /^announce 1: prefix must be text or a list of words$/],
    [{ announce: [{ communities: [{}] }] }, /^announce 1: communities must be text/],
    [{ withdraw: [{ med: 5 }] }, /^withdraw 1: unknown key "med"$/],
    [{ source: "sql" }, /^source must be "api", "command" or "exabgp:NAME"$/],
    [{ more: 1 }, /^more must be true or false$/],
    [{ transaction: "" }, /^transaction must be a text/],
  ];
  for (const [body, sentence] of mistakes) assert.throws(() => read(body), { message: sentence });
  assert.throws(() => readBulkBody(Uint8Array.of(0xff), undefined), { message: /^the body is not JSON/ });
});
