/**
 * The inputs that fuzzing starts from: golden messages and malformed attributes of this project. Where `../shared/data`
 * is present, its captures, vectors and corpora are added.
 */
import type { Family } from "../../src/types/mod.ts";
import { fromHex, readGolden, toHex } from "../golden/golden.ts";
import { malformedUpdate, ownRows } from "../golden/malformed.ts";
import { readCapture } from "../support/capture.ts";
import { walk } from "../support/files.ts";
import { run } from "../support/process.ts";
import { attribute, updateOf } from "../support/wire.ts";
import { nlriByFamily } from "./nlri_targets.ts";
import { hasShared, readSharedJson, sharedPath } from "../support/shared_data.ts";

const golden = ["opens.json", "notifications.json", "route_refreshes.json", "updates.json"];

/** The project's own messages. */
export function ownMessages(): Uint8Array[] {
  const malformed = (["external", "internal"] as const)
    .flatMap((kind) => ownRows.map((row) => malformedUpdate(row, kind, "192.0.2.0/24")));
  return [...goldenMessages(), ...handmade(), ...nlriMessages(), ...malformed];
}

/** Whole messages, each once. */
export async function messageSeeds(): Promise<Uint8Array[]> {
  const messages = ownMessages();
  if (hasShared("seeds of captures", "pcap")) messages.push(...await capturedMessages());
  if (hasShared("seeds of vectors", "vectors")) messages.push(...vectorMessages());
  messages.push(...await corpora());
  const unique = new Map(messages.map((message) => [message.join(), message]));
  return [...unique.values()];
}

function goldenMessages(): Uint8Array[] {
  return golden.flatMap((file) => readGolden(file).map(({ hex }) => fromHex(hex)));
}

/** A route with every attribute there is a golden row for; one attribute each; withdrawals. */
function handmade(): Uint8Array[] {
  const all = readGolden("attributes.json").map(({ hex }) => fromHex(hex));
  const sound = ["40010100", "4002060201 0000fde9", "400304c0000201"].map(fromHex);
  const byCode = new Map(all.map((one) => [one[1]!, one]));
  const rich = [...byCode.values()].filter((one) => one[1]! > 3);
  return [
    updateOf([...sound, ...rich], "18c63364 18c00002", "20cb007101"),
    ...all.map((one) => updateOf([...sound.filter((own) => own[1] !== one[1]), one], "18c63364")),
    updateOf(sound, "00000001 18c63364 00000002 00"),
    updateOf([fromHex("800f08 000201 20 20010db8")], ""),
  ];
}

/** Every NLRI that a codec reads, announced and withdrawn. */
function nlriMessages(): Uint8Array[] {
  const base = ["40010100", "400200", "40050400000064", "c010080002fde800000064"].map(fromHex);
  return nlriByFamily().flatMap(({ family, nlri }) =>
    nlri.flatMap((octets) => [
      updateOf([...base, attribute(0x80, 14, toHex(mpReachValue(family, octets)))], ""),
      updateOf([attribute(0x80, 15, toHex(mpUnreachValue(family, octets)))], ""),
    ])
  );
}

/** MP_REACH_NLRI with a next hop of the form that the family has. */
function mpReachValue({ afi, safi, nextHop }: Family, nlri: Uint8Array): Uint8Array {
  const address = afi === 2 ? fromHex("20010db8000000000000000000000001") : fromHex("c0000201");
  const hop = nextHop === "none" ? [] : nextHop === "rd" ? [...new Uint8Array(8), ...address] : [...address];
  return Uint8Array.of(afi >> 8, afi & 255, safi, hop.length, ...hop, 0, ...nlri);
}

function mpUnreachValue({ afi, safi }: Family, nlri: Uint8Array): Uint8Array {
  return Uint8Array.of(afi >> 8, afi & 255, safi, ...nlri);
}

async function capturedMessages(): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for await (const path of walk(sharedPath("pcap"))) {
    if (!/\.(cap|pcap|pcapng)$/.test(path)) continue;
    messages.push(...readCapture(await Deno.readFile(path)).map(({ bytes }) => bytes));
  }
  return messages;
}

function vectorMessages(): Uint8Array[] {
  const encoding = readSharedJson<{ files: { cases: { raw?: string }[] }[] }>("vectors/exabgp-encoding.json");
  const raw = encoding.files.flatMap(({ cases }) => cases.flatMap(({ raw }) => raw ?? []));
  const decoding = readSharedJson<{ cases: { hex: string; full_message: boolean }[] }>("vectors/exabgp-decoding.json");
  const whole = decoding.cases.filter(({ full_message }) => full_message).map(({ hex }) => hex);
  return [...raw, ...whole].map(fromHex);
}

/** Other projects' corpora, one JSON object a line, packed; none where they are absent. */
export async function corpora(): Promise<Uint8Array[]> {
  if (!hasShared("other projects' corpora", "fuzz")) return [];
  const inputs: Uint8Array[] = [];
  for await (const path of walk(sharedPath("fuzz"))) {
    if (!path.endsWith(".jsonl.xz")) continue;
    const { code, stdout } = await run("xz", ["-dc", path]).catch(() => ({ code: 127, stdout: "" }));
    if (code !== 0) {
      console.error(`SKIPPED: seeds of ${path}: xz cannot unpack it`);
      continue;
    }
    for (const line of stdout.split("\n")) {
      if (line !== "") inputs.push(fromHex((JSON.parse(line) as { hex: string }).hex));
    }
  }
  return inputs;
}
