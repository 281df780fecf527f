/** Paths through a real topology in which every AS has an ASPA: sound ones are valid, leaks are found. */
import assert from "node:assert/strict";
import { SegmentType } from "../../../src/message/mod.ts";
import { encodeSegments } from "../../../src/message/attribute/as_path.ts";
import { AspaTable, type PathDirection, pathStateNames, PathVerifier } from "../../../src/rpki/mod.ts";
import { seed } from "../../support/seed.ts";
import { hasShared, sharedPath } from "../../support/shared_data.ts";
import { Random } from "../../fuzz/random.ts";

const file = "table/caida-20180101.as-rel.txt.xz";

class Topology {
  readonly providers = new Map<number, number[]>();
  readonly customers = new Map<number, number[]>();
  readonly peers = new Map<number, number[]>();
  readonly aspas = new AspaTable();

  /** Lines `provider|customer|-1` and `peer|peer|0`. */
  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [a, b, kind] = line.split("|").map(Number);
      if (line.startsWith("#") || kind === undefined) continue;
      if (kind === -1) {
        push(this.customers, a!, b!);
        push(this.providers, b!, a!);
      } else {
        push(this.peers, a!, b!);
        push(this.peers, b!, a!);
      }
    }
    for (const asn of [...this.customers.keys(), ...this.peers.keys(), ...this.providers.keys()]) {
      this.aspas.set(asn, this.providers.get(asn) ?? [0]);
    }
  }

  state(path: readonly number[], direction: PathDirection): string {
    // The AS_PATH begins with the neighbour.
    const bytes = encodeSegments([{ type: SegmentType.sequence, asns: path.toReversed() }], 4);
    return pathStateNames[new PathVerifier(this.aspas).verify(bytes, 0, bytes.length, direction, path.at(-1)!)];
  }
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Goes on from the end of a path, up to `most` hops, to ASes that are not yet in it. */
function walk(random: Random, path: number[], ways: ReadonlyMap<number, number[]>, most: number): number {
  for (let hops = 0; hops < most; hops++) {
    const next = (ways.get(path.at(-1)!) ?? []).filter((asn) => !path.includes(asn));
    if (next.length === 0) return hops;
    path.push(random.pick(next));
  }
  return most;
}

if (hasShared("ASPAs of a real topology", file)) {
  const { stdout, success } = new Deno.Command("xz", { args: ["-dc", sharedPath(file)] }).outputSync();
  assert.ok(success, "xz cannot unpack the topology");
  const topology = new Topology(new TextDecoder().decode(stdout));
  const origins = [...topology.providers.keys()];

  Deno.test("draft aspa-verification §5.6: a path that climbs, crosses to one peer and descends is valid", () => {
    const random = new Random(seed);
    let longest = 0;
    for (let i = 0; i < 2000; i++) {
      const path = [random.pick(origins)];
      walk(random, path, topology.providers, random.below(5));
      assert.equal(topology.state(path, "upstream"), "valid", path.join(" "));
      const crossed = walk(random, path, topology.peers, random.below(2));
      if (crossed === 1) assert.equal(topology.state(path, "upstream"), "invalid", path.join(" "));
      walk(random, path, topology.customers, random.below(4));
      assert.equal(topology.state(path, "downstream"), "valid", path.join(" "));
      longest = Math.max(longest, path.length);
    }
    assert.ok(longest >= 6, `the longest path has ${longest} ASes`);
  });

  Deno.test("draft aspa-verification §5.6: a customer that leaks routes of one provider to another is found", () => {
    const random = new Random(seed);
    let leaks = 0;
    for (let i = 0; i < 2000; i++) {
      const path = [random.pick(origins)];
      walk(random, path, topology.providers, 1 + random.below(3));
      const isDown = walk(random, path, topology.customers, 1) === 1;
      if (!isDown || walk(random, path, topology.providers, 1) === 0) continue;
      leaks++;
      assert.equal(topology.state(path, "upstream"), "invalid", path.join(" "));
      assert.equal(topology.state(path, "downstream"), "invalid", path.join(" "));
      walk(random, path, topology.customers, random.below(3));
      assert.equal(topology.state(path, "downstream"), "invalid", path.join(" "));
    }
    assert.ok(leaks > 500, `${leaks} leaks`);
  });
}
