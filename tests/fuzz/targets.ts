/** The decoders of messages, each with its laws. */
import assert from "node:assert/strict";
import {
  checkHeader,
  decodeCapability,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  describeNotification,
  encodeCapability,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  Framer,
  messageLength,
  MessageType,
  messageType,
} from "../../src/message/mod.ts";
import { toHex, toJson } from "../golden/golden.ts";
import { octetText, type Target } from "./harness.ts";
import { updateTargets } from "./update_targets.ts";

/** A message as the framer hands it out, of this type. */
function isMessage(type: number): (input: Uint8Array) => boolean {
  return (input) =>
    input.length >= 19 && messageType(input, 0) === type && messageLength(input, 0) === input.length &&
    checkHeader(input, 0, 65535) === undefined;
}

const text = (value: unknown): string => JSON.stringify(toJson(value));

const framer: Target = {
  name: "framer",
  run(bytes, start, end) {
    const whole = frames(bytes, [start, end]);
    // Cut anywhere, the stream says the same.
    const third = start + Math.trunc((end - start) / 3);
    assert.equal(frames(bytes, [start, third, third + 1, end]), whole);
    if (end - start <= 64) {
      assert.equal(frames(bytes, Array.from({ length: end - start + 1 }, (_, i) => start + i)), whole);
    }
    return whole;
  },
};

function frames(bytes: Uint8Array, cuts: readonly number[]): string {
  const framer = new Framer();
  const said: string[] = [];
  for (let i = 1; i < cuts.length; i++) {
    framer.push(bytes.subarray(cuts[i - 1], cuts[i]));
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      said.push(
        frame.kind === "message" ? `${frame.type} ${frame.bytes.length} ${octetText(frame.bytes)}` : text(frame),
      );
      if (frame.kind === "message") assert.equal(frame.bytes.length, messageLength(frame.bytes, 0));
      else assert.equal(framer.next(), undefined, "nothing comes after a fault");
    }
  }
  return said.join();
}

const open: Target = {
  name: "open",
  accepts: isMessage(MessageType.open),
  run(bytes, start, end) {
    const result = decodeOpen(bytes.subarray(start, end));
    if (result.kind === "fault") {
      assert.ok(encodeNotification(result.notification).length <= 4096);
    } else {
      assert.deepEqual(decodeOpen(encodeOpen(result.open)), result);
    }
    return text(result);
  },
};

const capability: Target = {
  name: "capability",
  accepts: (input) => input.length >= 1 && input.length <= 256,
  run(bytes, start, end) {
    const decoded = decodeCapability(bytes[start]!, bytes.subarray(start + 1, end));
    const encoded = encodeCapability(decoded);
    assert.equal(encoded[1], encoded.length - 2);
    assert.deepEqual(decodeCapability(encoded[0]!, encoded.subarray(2)), decoded);
    return text(decoded);
  },
};

const notification: Target = {
  name: "notification",
  accepts: isMessage(MessageType.notification),
  run(bytes, start, end) {
    const decoded = decodeNotification(bytes.subarray(start, end));
    const encoded = encodeNotification(decoded, 65535);
    assert.equal(toHex(encoded), toHex(bytes.subarray(start, end)));
    const described = describeNotification(decoded);
    // A line for a person: nothing in it moves a cursor.
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(described, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    return described + text(decoded);
  },
};

const routeRefresh: Target = {
  name: "route refresh",
  accepts: isMessage(MessageType.routeRefresh),
  run(bytes, start, end) {
    const message = bytes.subarray(start, end);
    const results = [decodeRouteRefresh(message), decodeRouteRefresh(message, "plain")];
    for (const result of results) {
      if (result.kind === "routeRefresh") {
        assert.deepEqual(decodeRouteRefresh(encodeRouteRefresh(result)), result);
      } else if (result.kind === "fault") encodeNotification(result.notification);
    }
    return text(results);
  },
};

export const messageTargets: readonly Target[] = [
  framer,
  open,
  capability,
  notification,
  routeRefresh,
  ...updateTargets.map((target) => ({ ...target, accepts: isMessage(MessageType.update) })),
];
