/** TCP keepalive of connections, as the kernel has it. */
import assert from "node:assert/strict";
import { keepAlive } from "../../../src/transport/mod.ts";
import { findConnection, getOption, socketOption } from "../../../src/transport/socket_options.ts";
import { skipLoudly, ways, withoutLibc, withPair } from "./support.ts";

const ignore = skipLoudly(withoutLibc);
const options = [
  socketOption.keepAlive,
  socketOption.keepIdle,
  socketOption.keepInterval,
  socketOption.keepCount,
];

for (const { name, options: way } of ways) {
  Deno.test({
    name: `${name}: a gone router is noticed after two minutes; a connection as it comes has no keepalive`,
    ignore,
    fn: () =>
      withPair(way, ({ dialled, accepted }) => {
        for (const connection of [dialled, accepted]) {
          const { fd } = findConnection(connection)!;
          assert.equal(getOption(fd, socketOption.keepAlive), 0);
          assert.equal(keepAlive(connection), true);
          const [on, idle, between, count] = options.map((option) => getOption(fd, option)!);
          assert.deepEqual([on, idle! + between! * count!], [1, 120]);
        }
        const { localAddress, remoteAddress, remotePort } = dialled;
        assert.equal(keepAlive({ localAddress, remoteAddress, remotePort, localPort: 1 }), false, "no such socket");
        return Promise.resolve();
      }),
  });
}
