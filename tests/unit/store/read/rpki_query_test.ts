import assert from "node:assert/strict";
import { StoreReader, StoreWriter } from "../../../../src/store/mod.ts";
import { parsePrefix } from "../../../../src/types/mod.ts";
import { Batch, withFolder } from "../fixture.ts";

const noon = 1_704_110_400_000;
const vrps = [
  "0.0.0.0/0 0 65001",
  "192.0.2.0/24 26 4200000001",
  "192.0.2.128/25 25 65002",
  "2001:db8::/32 48 65003",
  "2001:db8:0:0:8000::/65 70 65004",
  "fd00::/8 8 65005",
];

Deno.test("the VRPs that cover a prefix, and those inside it, in both families and at every length", () =>
  withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => noon });
    writer.apply(new Batch().vrps(noon, vrps).batch);
    const reader = new StoreReader(path);
    const around = async (text: string) => {
      const { covering, inside } = await reader.vrpsAround(parsePrefix(text)!, 10);
      return [covering, inside].map((list) => list.map(({ prefix }) => prefix));
    };
    const everything = "0.0.0.0/0", site = "2001:db8::/32", half = "2001:db8:0:0:8000::/65";
    assert.deepEqual(await around("192.0.2.0/24"), [[everything, "192.0.2.0/24"], ["192.0.2.128/25"]]);
    assert.deepEqual(await around("192.0.2.200/32"), [[everything, "192.0.2.0/24", "192.0.2.128/25"], []]);
    assert.deepEqual(await around(everything), [[everything], ["192.0.2.0/24", "192.0.2.128/25"]]);
    assert.deepEqual(await around("198.51.100.0/24"), [[everything], []], "negative: of others");
    assert.deepEqual((await around("::/0"))[1]!.toSorted(), [half, site, "fd00::/8"]);
    assert.deepEqual(await around("2001:db8::/64"), [[site], [half]]);
    assert.deepEqual(await around("2001:db8:0:0:c000::/66"), [[site, half], []]);
    assert.deepEqual(await around("8000::/1"), [[], ["fd00::/8"]]);
    assert.deepEqual((await reader.vrpsOfAs(4_200_000_001, 10)).map(({ prefix, maxLength }) => [prefix, maxLength]), [
      ["192.0.2.0/24", 26],
    ]);
    reader.close();
    writer.close();
  }));
