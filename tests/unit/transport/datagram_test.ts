import assert from "node:assert/strict";
import { openDatagramSender, unixAddress } from "../../../src/transport/datagram.ts";
import { NotifySocket } from "../../support/notify_socket.ts";

Deno.test("datagrams reach a Unix socket in a folder and an abstract one", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const path of [`${folder}/notify`, `@bgpd-test-${Deno.pid}`]) {
      using socket = new NotifySocket(path);
      const sender = openDatagramSender(path);
      assert.equal(sender.send("READY=1\nSTATUS=é"), true);
      assert.deepEqual(socket.lines, ["READY=1", "STATUS=é"]);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("a datagram for nobody is not sent, and the next one reaches a receiver that started meanwhile", () => {
  const path = `@bgpd-test-late-${Deno.pid}`;
  const sender = openDatagramSender(path);
  assert.equal(sender.send("WATCHDOG=1"), false);
  using socket = new NotifySocket(path);
  assert.equal(sender.send("WATCHDOG=1"), true);
  assert.deepEqual(socket.lines, ["WATCHDOG=1"]);
});

Deno.test("the address of an abstract socket begins with a zero octet and has no end mark (unix(7))", () => {
  assert.deepEqual([...unixAddress("@ab")], [1, 0, 0, 97, 98]);
  assert.deepEqual([...unixAddress("/a")], [1, 0, 47, 97, 0]);
  assert.throws(() => unixAddress(`/${"a".repeat(108)}`), /too long/);
});
