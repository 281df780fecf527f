/** A connection's messages are answered in their order, whichever thread answers them. */
import assert from "node:assert/strict";
import { CreditPool } from "../../../../src/daemon/peer/credits.ts";
import { Link } from "../../../../src/daemon/peer/link.ts";
import {
  cease,
  CeaseCode,
  encodeNotification,
  keepaliveMessage,
  MessageType,
  type Notification,
} from "../../../../src/message/mod.ts";
import type { ConnectionId, SessionEvent } from "../../../../src/session/mod.ts";
import { bgpMessage } from "../../../support/wire.ts";
import { FakeConnection } from "./fake_connection.ts";

const peerId = 7;
const update = bgpMessage(MessageType.update, [0, 0, 0, 0]);
const badUpdate: Notification = { code: 3, subcode: 10, data: new Uint8Array(0) };

/** An Established session whose RIB answers when the test says so. */
class Owner {
  readonly id = peerId;
  readonly log: string[] = [];
  readonly credits = new CreditPool(4);
  readonly link: Link;
  #epoch: number | undefined = 1;

  constructor(...coming: Uint8Array[]) {
    this.credits.open();
    this.link = new Link(1, new FakeConnection("192.0.2.1", ...coming), this, this.credits);
  }

  dispatch(event: SessionEvent): void {
    this.log.push(event.kind === "fault" ? `${event.notification.code}/${event.notification.subcode}` : event.kind);
    if (event.kind !== "fault" && event.kind !== "notification" && event.kind !== "closed") return;
    this.#epoch = undefined;
    this.link.close();
  }

  epochOf(_connection: ConnectionId): number | undefined {
    return this.#epoch;
  }

  routes(): void {
    this.log.push("routes");
  }

  countReceived(): void {}

  /** The RIB is through with what it was given; `found`: why the session is to be reset. */
  answer(found?: Notification): void {
    if (found !== undefined) this.dispatch({ kind: "fault", connection: 1, notification: found });
    this.credits.giveBack(peerId);
  }
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function joined(...messages: Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((message) => [...message]));
}

const brokenHeader = new Uint8Array(19);
const goodbye = encodeNotification(cease(CeaseCode.administrativeReset));

for (
  const [what, behind] of [["a framing error", brokenHeader], ["a NOTIFICATION", goodbye]] as const
) {
  Deno.test(`rfc4271#6.3 ${what} behind a bad UPDATE in one read: the UPDATE's own error is the answer`, async () => {
    const owner = new Owner(joined(update, behind));
    owner.link.run();
    await settle();
    assert.deepEqual(owner.log, ["update", "routes"], "the RIB is asked first");
    owner.answer(badUpdate);
    await settle();
    assert.deepEqual(owner.log, ["update", "routes", "3/10"]);
  });

  Deno.test(`rfc4271#6.1 twin: ${what} behind a sound UPDATE counts once the RIB has taken that`, async () => {
    const owner = new Owner(joined(update, behind));
    owner.link.run();
    await settle();
    assert.equal(owner.link.waitsForRib, true, "the peer is alive meanwhile");
    owner.answer();
    await settle();
    assert.deepEqual(owner.log, ["update", "routes", behind === goodbye ? "notification" : "1/1"]);
  });
}

Deno.test("the end of a connection counts behind what came over it", async () => {
  const owner = new Owner(update);
  owner.link.run();
  await settle();
  owner.link.connection.close();
  await settle();
  assert.deepEqual(owner.log, ["update", "routes"]);
  owner.answer(badUpdate);
  await settle();
  assert.deepEqual(owner.log, ["update", "routes", "3/10"]);
});

Deno.test("an incomplete message and KEEPALIVEs do not wait: reading goes on while the RIB is busy", async () => {
  const torn = update.subarray(0, 20);
  const owner = new Owner(joined(update, keepaliveMessage, torn), joined(update.subarray(20), update));
  owner.link.run();
  await settle();
  assert.deepEqual(owner.log.filter((what) => what === "routes").length, 2);
});
