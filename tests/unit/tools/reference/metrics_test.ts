import assert from "node:assert/strict";
import { metricReference } from "../../../../src/control/http/metrics.ts";
import { alertRules, alerts, metricsIn } from "../../../../tools/reference/metrics.ts";

Deno.test("alerts use metrics that bgpd has, and labels that these have", () => {
  const known = new Map(metricReference.map((metric) => [metric.name, metric]));
  for (const { name, expr, summary } of alerts) {
    const used = metricsIn(expr);
    assert.ok(used.length > 0, name);
    for (const metric of used) assert.ok(known.has(metric), `${name} uses ${metric}`);
    const labels = known.get(used[0]!)!.labels;
    for (const [, label] of summary.matchAll(/\$labels\.(\w+)/g)) {
      assert.ok(labels.includes(label!), `${name}: ${label}`);
    }
  }
});

Deno.test("the rules are written as Prometheus reads them", () => {
  assert.match(
    alertRules(),
    /^groups:\n {2}- name: bgpd\n {4}rules:\n {6}- alert: BgpdPeerDown\n {8}expr: "bgpd_peer_up /m,
  );
});
