/** `mrt replay` as a process that a signal stops. */
import assert from "node:assert/strict";
import { emptyAttributeSet, encodeAttributeSet, MessageType, messageType } from "../../../../../src/message/mod.ts";
import { TableWriter } from "../../../../../src/mrt/mod.ts";
import { parseAddress, parsePrefix } from "../../../../../src/types/mod.ts";
import { permissionFlags } from "../../../../../tools/permissions.ts";
import { loopback } from "../../../../support/net.ts";
import { Process } from "../../../../support/process.ts";

const main = new URL("../../../../../main.ts", import.meta.url).pathname;

/** A table of one route. */
function table(): Uint8Array[] {
  const writer = new TableWriter(0);
  const set = encodeAttributeSet({ ...emptyAttributeSet(), origin: 0, nextHop: parseAddress("192.0.2.9") });
  return [
    writer.peerIndex(0, "", [{ address: parseAddress("192.0.2.9")!, asn: 65001, routerId: 9 }]),
    ...writer.prefix(1, parsePrefix("198.51.100.0/24")!, [{ peerIndex: 0, pathId: -1, receivedAt: 0, set }]),
  ];
}

Deno.test("Ctrl-C ends a replay whose speaker accepts the connection and sends nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-replay-" });
  const host = loopback();
  using listener = Deno.listen({ hostname: host, port: 0 });
  try {
    await Deno.writeFile(`${folder}/table.mrt`, await new Blob(table().map((part) => part.slice())).bytes());
    const replay = new Process(Deno.execPath(), {
      args: [
        ...["run", "--no-check", ...permissionFlags, main],
        ...["mrt", "replay", `${folder}/table.mrt`, "--to", `${host}:${listener.addr.port}`],
      ],
    });
    const connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    assert.equal(messageType(buffer.subarray(0, await connection.read(buffer) ?? 0), 0), MessageType.open);
    replay.signal("SIGINT");
    const length = await connection.read(buffer) ?? 0;
    assert.ok(length > 0, replay.log());
    // Cease / Administrative Shutdown (RFC 4486).
    assert.deepEqual([...buffer.subarray(18, 21)], [MessageType.notification, 6, 2]);
    // The Shutdown Communication (RFC 9003), which the operator of the speaker reads.
    assert.equal(new TextDecoder().decode(buffer.subarray(22, length)), "replay is stopped");
    connection.close();
    assert.equal(await replay.end(), 0, replay.log());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
