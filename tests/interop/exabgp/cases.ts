/** The scripts, and what each needs. */
import { fileURLToPath } from "node:url";
import type { ScriptCase } from "./lab.ts";

/** Where Debian's package has ExaBGP's examples. */
export const shippedFolder = "/usr/share/doc/exabgp/examples/run";

const python = (name: string) => ["python3", `${shippedFolder}/${name}.run`];

/**
 * What the package ships, without four: `example-api-program.run` and `example-tcp-control.run` are Python 2,
 * `syslog-1.py` and `stderr-1.py` only print what they read. `api-multisession.run` expects a session for each family,
 * which bgpd does not have: it announces the same routes in its one session.
 */
export const shipped: readonly ScriptCase[] = [
  { title: "api-add-remove", run: python("api-add-remove"), expected: 0 },
  { title: "api-announce", run: python("api-announce"), expected: 2 },
  { title: "api-announcement", run: python("api-announcement"), expected: 14 },
  { title: "api-attributes", run: python("api-attributes"), expected: 4 },
  { title: "api-attributes-vpn", run: python("api-attributes-vpn"), families: ["ipv4 vpn"], expected: 2 },
  { title: "api-broken-flow", run: python("api-broken-flow"), families: ["ipv4 flowspec"], expected: 2 },
  {
    title: "api-check",
    run: python("api-check"),
    encoder: "text",
    localAs: 65512,
    api: "receive { parsed; update; }",
    events: "update",
    announces: "0.0.0.0/32",
    expected: 1,
  },
  { title: "api-eor", run: python("api-eor"), expected: 0, isSilent: true, isSlow: true },
  { title: "api-fast", run: python("api-fast"), expected: 3 },
  { title: "api-flow", run: python("api-flow"), families: ["ipv4 flowspec"], expected: 2, exabgpMayLose: true },
  { title: "api-multi-neighbor", run: python("api-multi-neighbor"), expected: 1 },
  { title: "api-nexthop", run: python("api-nexthop"), localAs: 65512, expected: 1 },
  { title: "api-nexthop-self", run: python("api-nexthop-self"), expected: 4 },
  { title: "api-no-respawn-1", run: python("api-no-respawn-1"), expected: 1 },
  { title: "api-no-respawn-2", run: python("api-no-respawn-2"), expected: 2 },
  { title: "api-notification", run: python("api-notification"), expected: 0, isSilent: true, isSlow: true },
  {
    title: "api-open",
    run: python("api-open"),
    api: "send { parsed; open; } receive { parsed; open; }",
    events: "open",
    expected: 1,
  },
  { title: "api-reload", run: python("api-reload"), expected: 1 },
  {
    title: "api-api.receive",
    run: python("api-api.receive"),
    api: "receive { parsed; update; }",
    events: "update",
    announces: "0.0.0.0/32",
    expected: 1,
  },
  { title: "api-teardown", run: python("api-teardown"), expected: 3, isSlow: true },
  { title: "api-vpls", run: python("api-vpls"), families: ["vpls"], expected: 0 },
  { title: "api-vpnv4", run: python("api-vpnv4"), families: ["ipv4 vpn"], expected: 0 },
  {
    title: "watchdog",
    run: python("watchdog"),
    routes: "static { route 66.66.66.66 next-hop 1.2.3.4; route 77.77.77.77 next-hop 1.2.3.4 watchdog dnsr withdraw; }",
    first: [
      "announce route 66.66.66.66 next-hop 1.2.3.4",
      "announce route 77.77.77.77 next-hop 1.2.3.4 watchdog dnsr withdraw",
    ],
    stopAfterMs: 7_000,
  },
  {
    title: "dynamic-1.pl",
    run: ["perl", `${shippedFolder}/dynamic-1.pl`],
    families: ["ipv4 flowspec"],
    stopAfterMs: 13_000,
    isSlow: true,
  },
];

const script = (name: string) => [fileURLToPath(new URL(`scripts/${name}`, import.meta.url))];

/** Written after ExaBGP's documentation. */
export const ours: readonly ScriptCase[] = [
  { title: "acknowledged.py", run: script("acknowledged.py"), expected: 3 },
  {
    title: "reads_json.py",
    run: script("reads_json.py"),
    api: "receive { parsed; update; }",
    events: "update",
    announces: "10.9.0.0/16",
    expected: 1,
  },
  {
    title: "reads_text.sh",
    run: script("reads_text.sh"),
    encoder: "text",
    api: "receive { parsed; update; }",
    events: "update",
    announces: "10.9.0.0/16",
    expected: 1,
  },
  { title: "many_routes.py", run: script("many_routes.py"), expected: 250 },
  { title: "attributes.sh", run: script("attributes.sh"), expected: 10 },
  { title: "changes.sh", run: script("changes.sh"), expected: 1 },
  { title: "wide.sh", run: script("wide.sh"), expected: 3 },
  { title: "neighbors.sh", run: script("neighbors.sh"), expected: 1 },
  { title: "flush.py", run: script("flush.py"), expected: 2 },
  { title: "mitigation.py", run: script("mitigation.py"), families: ["ipv4 flowspec"], expected: 3 },
  {
    title: "the health check of ExaBGP",
    run: [
      "/usr/bin/exabgp-healthcheck",
      "--no-syslog",
      "--no-ip-setup",
      "--interval",
      "1",
      "--cmd",
      "true",
      "--ip",
      "198.51.100.53/32",
      "--next-hop",
      "192.0.2.53",
      "--community",
      "65000:53",
    ],
    expected: 1,
  },
];
