/** Validation of FlowSpec rules (RFC 8955 §6, RFC 9117 §4). */
import assert from "node:assert/strict";
import { flowInfeasible, type FlowRoute, type RouteOrigin } from "../../../../src/rib/decide/flow_feasibility.ts";

const route: RouteOrigin = { originator: "192.0.2.1", neighborAsn: 65001 };
const rule: FlowRoute = { ...route, hasDestination: true, isExternal: true };

Deno.test("rfc8955#6 the peer that announces the best route to the destination may announce the rule", () => {
  assert.equal(flowInfeasible(rule, route, []), undefined);
  assert.equal(flowInfeasible(rule, route, [65001, 65001]), undefined);
});

Deno.test("rfc8955#6 a) a rule without a destination prefix is not feasible", () => {
  assert.equal(flowInfeasible({ ...rule, hasDestination: false }, route, []), "no destination");
});

Deno.test("rfc9117#4.1 b.1 the originator is that of the best route", () => {
  assert.equal(flowInfeasible({ ...rule, originator: "192.0.2.2" }, route, []), "other originator");
  assert.equal(flowInfeasible(rule, undefined, []), "no route");
  const internal = { ...rule, isExternal: false };
  assert.equal(flowInfeasible({ ...internal, originator: "192.0.2.2" }, route, []), "other originator");
  assert.equal(flowInfeasible(internal, undefined, []), "no route");
});

Deno.test("rfc9117#4.1 b.2 a rule of our own domain needs no route from the same originator", () => {
  const own = { ...rule, originator: "192.0.2.9", neighborAsn: 0, isExternal: false };
  assert.equal(flowInfeasible(own, route, []), undefined);
  assert.equal(flowInfeasible(own, undefined, []), undefined);
  // No external peer is in our domain, whatever its AS_PATH says.
  assert.equal(flowInfeasible({ ...own, isExternal: true }, route, []), "other originator");
  assert.equal(flowInfeasible({ ...own, isExternal: true }, undefined, []), "no route");
});

Deno.test("rfc9117#4.2 the left-most AS of an external rule is that of the best route", () => {
  assert.equal(flowInfeasible({ ...rule, neighborAsn: 65002 }, route, []), "other AS");
  // A route server does not prepend its AS: neither to the route nor to the rule.
  const server = { originator: "192.0.2.1", neighborAsn: 65077 };
  assert.equal(flowInfeasible({ ...rule, ...server }, server, []), undefined);
  assert.equal(flowInfeasible({ ...rule, neighborAsn: 65002, isExternal: false }, route, []), undefined);
});

Deno.test("rfc8955#6 c) no route within the destination comes from another neighboring AS", () => {
  assert.equal(flowInfeasible(rule, route, [65001, 65002]), "more specific");
  const own = { ...rule, neighborAsn: 0, isExternal: false };
  assert.equal(flowInfeasible(own, route, [65002]), "more specific");
});
