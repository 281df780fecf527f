/** MRT files with any content: reading them ends, and reports what is wrong. */
import assert from "node:assert/strict";
import { MessageType, messageType } from "../../src/message/mod.ts";
import { encodeRecord, MrtDecoder, MrtFramer, RouteReader, type RouteSink } from "../../src/mrt/mod.ts";
import { ownMrtFiles } from "../support/mrt/files.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";
import type { Target } from "./harness.ts";
import { join } from "./mutate.ts";

export const mrtTarget: Target = {
  name: "MRT",
  run(bytes, start, end) {
    const middle = start + ((end - start) >> 1);
    const whole = readFile([bytes.subarray(start, end)]);
    assert.equal(readFile([bytes.subarray(start, middle), bytes.subarray(middle, end)]), whole, "cut in two");
    return whole;
  },
};

function readFile(chunks: readonly Uint8Array[]): string {
  const framer = new MrtFramer();
  const decoder = new MrtDecoder();
  const reader = new RouteReader({ internal: true, repairs: true });
  const said: string[] = [];
  const sink: RouteSink = {
    withdraw: (family, { w0, w1, w2, w3, length, pathId }) =>
      void said.push(`- ${[family, w0, w1, w2, w3, length, pathId]}`),
    announce: (family, { w0, w1, w2, w3, length, pathId }, set, hash) =>
      void said.push(`+ ${[family, w0, w1, w2, w3, length, pathId]} ${set.length} ${hash}`),
    endOfRib: (family) => void said.push(`end of ${family}`),
    fault: (fault) => void said.push(fault.text),
  };
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let record = framer.next(); record !== undefined; record = framer.next()) {
      for (const item of decoder.decode(record)) {
        said.push(item.kind);
        if (item.kind === "entry") reader.entry(item, sink);
        else if (item.kind === "message") reader.message(item, sink);
        else if (item.kind === "fault" || item.kind === "skipped") said.push(`${item.offset} ${item.text}`);
      }
    }
  }
  const tear = framer.end();
  return [...said, tear === undefined ? "whole" : `${tear.offset} ${tear.text}`].join("\n");
}

/** Records around messages, and small files: the project's own ones, and those of `../shared/data` where they are. */
export function mrtSeeds(messages: readonly Uint8Array[]): Uint8Array[] {
  const updates = messages.filter((message) => message.length > 23 && messageType(message, 0) === MessageType.update);
  const wrapped = updates.slice(0, 60).map((message, i) => {
    const [subtype, peer] = i % 2 === 0
      ? [4, "0000fde90000fde800000001" + "c0000201c0000202"]
      : [1, "fde9fde800000001" + "c0000201c0000202"];
    const head = Uint8Array.from(peer.match(/../g)!, (pair) => parseInt(pair, 16));
    return encodeRecord(1_000_000_000_000, 16, subtype, join([head, message]));
  });
  const names = [
    "mrtparse.bird-mrtdump_rib.mrt",
    "mrtparse.bird6-mrtdump_rib.mrt",
    "mrtparse.bird_bgp.mrt",
    "mrtparse.openbgpd_rib_table-mp.mrt",
    "mrtparse.openbgpd_rib_table-v2.mrt",
    "mrtparse.openbgpd_rib_table.mrt",
    "mrtparse.quagga_rib.mrt",
  ];
  const files = hasShared("MRT seeds", "mrt") ? names.map((name) => Deno.readFileSync(sharedPath(`mrt/${name}`))) : [];
  return [...wrapped, ...ownMrtFiles(3).map(({ bytes }) => bytes), ...files];
}
