/** Columns that move to other memory keep what is in use. */
import assert from "node:assert/strict";
import {
  type Column,
  grownTo,
  keptStretches,
  setBit,
  setTime,
  stretchRows,
  timeAt,
} from "../../../../src/rib/table/columns.ts";

const columns: readonly Column[] = [
  new Int32Array(3 * stretchRows),
  new Uint32Array(3 * stretchRows),
  new Uint16Array(3 * stretchRows),
  new Uint8Array(3 * stretchRows),
  new Float64Array(3 * stretchRows),
].map((column) => column.fill(7));

Deno.test("a time in six octets is the same time", () => {
  const low = new Uint32Array(1), high = new Uint16Array(1);
  for (const time of [0, 1, 2 ** 32 - 1, 2 ** 32, Date.UTC(2026, 10, 30, 23, 59, 59, 999), 2 ** 48 - 1]) {
    setTime(low, high, 0, time);
    assert.equal(timeAt(low, high, 0), time);
  }
});

Deno.test("a column that grows keeps its rows, and the new rows are zero", () => {
  for (const column of columns.map((each) => each.slice())) {
    const type = column.constructor;
    const grown = grownTo(4 * stretchRows)(column);
    assert.equal(grown.constructor, type);
    assert.equal(grown.length, 4 * stretchRows);
    assert.deepEqual([grown[0], grown[3 * stretchRows - 1], grown[3 * stretchRows]], [7, 7, 0]);
    assert.equal(column.length, 0, "the old memory is free");
  }
});

Deno.test("a column keeps the stretches in use at their places, and the others are zero", () => {
  const kept = new Int32Array(1);
  setBit(kept, 0);
  setBit(kept, 2);
  for (const column of columns.map((each) => each.slice())) {
    const moved = keptStretches(kept, 2 * stretchRows + 10)(column);
    assert.equal(moved.length, 2 * stretchRows + 10);
    const places = [0, stretchRows - 1, stretchRows, 2 * stretchRows - 1, 2 * stretchRows, 2 * stretchRows + 9];
    assert.deepEqual(places.map((at) => moved[at]), [7, 7, 0, 0, 7, 7]);
    assert.equal(column.length, 0, "the old memory is free");
  }
});
