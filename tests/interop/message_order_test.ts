/**
 * What a peer says to a running bgpd, in its order: the error of an UPDATE is the answer although something worse
 * stands behind it in the same read; what is nobody's business beside withdrawals costs nothing; martian prefixes are
 * seen, not passed on.
 */
import assert from "node:assert/strict";
import { encodeNotification } from "../../src/message/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { attribute, updateOf } from "../support/wire.ts";
import { configHead } from "../support/config_text.ts";

const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

Deno.test("messages are answered in their order (rfc4271#6.3), withdrawals need no next hop (rfc4760#3)", async (t) => {
  const address = loopback();
  const port = freePort(address);
  const locals = [loopback(), loopback(), loopback(), loopback()] as const;
  const peers = locals.map((local, i) =>
    `[[peers]]\nremote_ip = "${local}"\nremote_as = ${65001 + i}\npassive = true\nexport = "all"\n`
  );
  const config = `${configHead({ address, port })}${peers.join("")}`;
  await using bgpd = await startBgpd({ config });
  const connect = (i: number) => ScriptedPeer.connect({ local: locals[i]!, address, port, asn: 65001 + i });
  const sound = (i: number) => [
    attribute(0x40, 1, "00"),
    attribute(0x40, 2, `0201 0000${(65001 + i).toString(16)}`),
    attribute(0x40, 3, locals[i]!.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0")).join("")),
  ];
  const goodbye = encodeNotification({ code: 6, subcode: 4, data: new Uint8Array(0) });
  for (const [i, behind] of [new Uint8Array(19), goodbye].entries()) {
    await t.step(
      `an UPDATE that does not parse, before ${i === 0 ? "a broken header" : "a NOTIFICATION"}`,
      async () => {
        const peer = await connect(i);
        peer.write(joined(updateOf(sound(i), "21 c0000200"), behind));
        assert.deepEqual(await peer.notification(), { code: 3, subcode: 10 });
        const events = () =>
          bgpd.sql("SELECT kind FROM peer_events WHERE peer = ? AND kind = 'sessionReset'", locals[i]!);
        await waitFor("the event", () => events().length === 1);
        peer.close();
      },
    );
  }
  const witness = await connect(2);
  const peer = await connect(3);
  const rib = () =>
    bgpd.sql("SELECT prefix, best, ineligible FROM rib WHERE peer = ? ORDER BY prefix", locals[3])
      .map(({ prefix, best, ineligible }) => `${prefix} ${best} ${ineligible}`);
  await t.step("NEXT_HOP 0.0.0.0 beside MP_UNREACH_NLRI costs nothing", async () => {
    peer.write(updateOf([attribute(0x40, 3, "00000000"), attribute(0x80, 15, "0002 01 30 20010db80077")], ""));
    peer.write(updateOf(sound(3), "18 cb0071"));
    await waitFor("the route behind it", () => rib().includes("203.0.113.0/24 1 null"));
  });
  await t.step("martian prefixes are shown, and advertised to no peer", async () => {
    peer.write(updateOf(sound(3), "04 e0 08 7f 20 ffffffff 18 c63364"));
    await waitFor("all of them", () => rib().length === 5);
    assert.deepEqual(rib(), [
      "127.0.0.0/8 0 martian prefix",
      "198.51.100.0/24 1 null",
      "203.0.113.0/24 1 null",
      "224.0.0.0/4 0 martian prefix",
      "255.255.255.255/32 0 martian prefix",
    ]);
    const received = () => witness.received.map(({ bytes }) => bytes.toHex()).join(" ");
    await waitFor("the last one at the witness", () => received().includes("18c63364"));
    for (const martian of ["04e0", "087f", "20ffffffff"]) assert.equal(received().includes(martian), false, martian);
  });
  peer.close();
  witness.close();
});
