/** Two sources of routes of our own, one of which counts. */
import assert from "node:assert/strict";
import type { StaticRoute } from "../../../../src/config/mod.ts";
import { emptyAttributeSet } from "../../../../src/message/mod.ts";
import { Originations } from "../../../../src/daemon/rib/originations.ts";
import { parsePrefix } from "../../../../src/types/mod.ts";
import { packOriginations, unpackOriginations } from "../../../../src/daemon/thread/origination_codec.ts";

function route(prefix: string, med: number): StaticRoute {
  return { family: 1, prefix: parsePrefix(prefix)!, attributes: { ...emptyAttributeSet(), med } };
}

function setUp() {
  const held = new Map<string, number | undefined>();
  const originations = new Originations((message) => {
    if (message.kind === "originate") {
      for (const { key, peerId, route } of unpackOriginations(message.packed)) {
        held.set(`${key}${peerId ?? ""}`, route.attributes.med);
      }
    } else if (message.kind === "unoriginate") { for (const key of message.keys) assert.ok(held.delete(key), key); }
  });
  return { originations, held: () => Object.fromEntries(held) };
}

const announced = (prefix: string, med: number) => ({ key: prefix, peerId: undefined, route: route(prefix, med) });

Deno.test("an announcement takes precedence over the configuration, until it is withdrawn", () => {
  const { originations, held } = setUp();
  originations.configure([route("9.9.9.0/24", 1), route("8.8.8.0/24", 1)]);
  originations.announce({ announced: packOriginations([announced("9.9.9.0/24", 2)]), withdrawn: [] });
  assert.deepEqual(held(), { "9.9.9.0/24": 2, "8.8.8.0/24": 1 });
  const isOverridden = (prefix: string) => originations.isOverridden(route(prefix, 1));
  assert.deepEqual([isOverridden("9.9.9.0/24"), isOverridden("8.8.8.0/24")], [true, false]);
  originations.announce({ announced: undefined, withdrawn: ["9.9.9.0/24"] });
  assert.deepEqual(held(), { "9.9.9.0/24": 1, "8.8.8.0/24": 1 });
});

Deno.test("another configuration leaves announcements alone", () => {
  const { originations, held } = setUp();
  originations.configure([route("9.9.9.0/24", 1), route("8.8.8.0/24", 1)]);
  originations.announce({
    announced: packOriginations([announced("9.9.9.0/24", 2), announced("7.7.7.0/24", 2)]),
    withdrawn: [],
  });
  originations.configure([route("9.9.9.0/24", 3), route("7.7.7.0/24", 3)]);
  assert.deepEqual(held(), { "9.9.9.0/24": 2, "7.7.7.0/24": 2 });
  originations.configure([]);
  originations.announce({ announced: undefined, withdrawn: ["9.9.9.0/24", "7.7.7.0/24"] });
  assert.deepEqual(held(), {});
});
