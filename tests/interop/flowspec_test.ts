/**
 * FlowSpec with the daemons that have it: rules of bgpd reach each of them, their rules reach bgpd, and bgpd passes
 * them on. FRR has no command that makes a rule of its own: it receives, and passes on what GoBGP announces to it.
 */
import assert from "node:assert/strict";
import { freePort, loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";
import { type Endpoint, type Peer, type PeerKind, peerKinds, type PeerRoute, startPeer } from "./peers/mod.ts";
import { canRun, ourAsn, type Ray, Star } from "./star.ts";

const families = ["ipv4 flowspec", "ipv6 flowspec"];
const keys = `families = ["ipv4 unicast", "ipv6 unicast", "ipv4 flowspec", "ipv6 flowspec"]
import = "all"
export = "all"`;

function kind(title: string): PeerKind {
  return peerKinds.find((each) => each.title === title)!;
}

const [bird, frr, gobgp, exabgp] = ["BIRD", "FRR", "GoBGP", "ExaBGP"].map(kind) as [
  PeerKind,
  PeerKind,
  PeerKind,
  PeerKind,
];

/** What each daemon says of the rules that it holds, with one space between words. */
async function rules(title: string, peer: Peer): Promise<string> {
  const questions: Record<string, readonly string[]> = {
    BIRD: ["show route all table flow4tab", "show route all table flow6tab"],
    FRR: ["show bgp ipv4 flowspec detail", "show bgp ipv6 flowspec detail"],
    GoBGP: ["global rib -a ipv4-flowspec", "global rib -a ipv6-flowspec", "global rib -a ipv4-l3vpn-flowspec"],
    ExaBGP: [],
  };
  return (await peer.ask(...questions[title]!)).replaceAll(/\s+/g, " ");
}

/** By the title of each daemon: texts that its rules must contain. */
async function waitForRules(star: Star, expected: Readonly<Record<string, readonly string[]>>): Promise<void> {
  for (const [i, peer] of star.peers.entries()) {
    const { title } = star.nodes[i]!.kind;
    let last = "";
    for (const rule of expected[title] ?? []) {
      await waitFor(`${rule} at ${title}`, async () => {
        last = await rules(title, peer);
        return last.includes(rule);
      }, { ...star.patience, detail: () => `${last}\n${star.patience.detail()}` });
    }
  }
}

const own = `
[[static_flows]]
matches = [
  "destination 192.0.2.0/24",
  "protocol [ =udp =tcp ]",
  "destination-port [ >=8000&<=8080 =53 ]",
  "tcp-flags syn !ack",
  "packet-length <100",
  "fragment is-fragment",
]
actions = "rate-limit 9600"
[[static_flows]]
rule = "destination 203.0.113.0/24 dscp 10"
actions = ["redirect 65000:100", "mark 10", "action sample"]
[[static_flows]]
rule = "destination 2001:db8::/32 protocol =tcp source-port >1024"
actions = "discard"
`;

Deno.test({
  name: "FlowSpec: rules of bgpd at BIRD, FRR, GoBGP and ExaBGP",
  ignore: !canRun("FlowSpec rules of bgpd", [bird, frr, gobgp, exabgp]),
  async fn() {
    const rays = [bird, frr, gobgp, exabgp].map((kind, i): Ray => ({
      kind,
      asn: 65001 + i,
      routes: [],
      keys,
      more: { families },
    }));
    await using star = new Star(rays, "", own);
    await star.start();
    await waitForRules(star, {
      BIRD: [
        "flow4 { dst 192.0.2.0/24; proto 17,6; dport 8000..8080,53; tcp flags !0x0/0x2 && 0x0/0x10; length < 100; " +
        "fragment !!is_fragment; }",
        "flow4 { dst 203.0.113.0/24; dscp 10; }",
        "BGP.ext_community: (generic, 0x8008fde8, 0x64) (generic, 0x80090000, 0xa) (generic, 0x80070000, 0x2)",
        "flow6 { dst 2001:db8::/32; next header 6; sport > 1024; }",
      ],
      FRR: [
        "Destination Address 192.0.2.0/24 IP Protocol = 17 , = 6 Destination Port >= 8000 , <= 8080 , = 53 TCP Flags " +
        "∋ 2,&∋ ! 16 Packet Length < 100 Packet Fragment ∋ 2 FS:rate 9600.000000",
        "Destination Address 203.0.113.0/24 DSCP field = 10",
        "FS:redirect VRF RT:65000:100 FS:marking 10",
        "Destination Address 2001:db8::/32/off 0 IP Protocol = 6 Source Port > 1024 FS:rate 0.000000",
      ],
      GoBGP: [
        "[destination: 192.0.2.0/24][protocol: ==udp ==tcp][destination-port: >=8000&<=8080 ==53][tcp-flags: S&!A]" +
        "[packet-length: <100][fragment: is-fragment] fictitious 65000",
        "[destination: 203.0.113.0/24][dscp: ==10]",
        "{Extcomms: [redirect: 65000:100], [remark: 10], [action: sample]}",
        "[destination: 2001:db8::/32/0][protocol: ==tcp][source-port: >1024]",
      ],
      ExaBGP: [
        '"string": "flow destination-ipv4 192.0.2.0/24 protocol [ =udp =tcp ] destination-port [ >=8000&<=8080 =53 ] ' +
        'tcp-flags [ syn&!ack ] packet-length <100 fragment is-fragment"',
        '"string": "flow destination-ipv4 203.0.113.0/24 dscp =10"',
        '"string": "redirect:65000:100" }, { "value": 9225905311645171722, "string": "mark 10" }',
        '"string": "flow destination-ipv6 2001:db8::/32/0 next-header =tcp source-port >1024"',
      ],
    });
    await star.stop();
  },
});

function route(prefix: string, nextHop: string): PeerRoute {
  return { prefix, nextHop, communities: [], largeCommunities: [], extCommunities: [] };
}

/** Rules of the daemons, in their own words. */
const birdFlows = `protocol static flows4 { flow4 { table flow4tab; };
  route flow4 { dst 10.1.1.0/24; proto = 17; dport 8000..8080; } {
    bgp_ext_community.add((generic, 0x80060000, 0x46160000)); };
}
protocol static flows6 { flow6 { table flow6tab; };
  route flow6 { dst 2001:db8:1::/48; next header 6; };
}`;

/** FRR passes on what a daemon behind it announces. */
function frrLines({ address, asn }: Endpoint): string {
  return ` neighbor ${address} remote-as ${asn}
 neighbor ${address} disable-connected-check
 neighbor ${address} ebgp-multihop 255
 neighbor ${address} passive
 address-family ipv4 unicast
  neighbor ${address} activate
 exit-address-family
 address-family ipv4 flowspec
  neighbor ${address} activate
 exit-address-family`;
}

const web = "destination 10.3.1.0/24 protocol tcp destination-port ==80 >=8000&<=8080 tcp-flags =SA";
const flow = "flow route { match { destination 10.4.1.0/24; source 10.0.0.0/8; protocol [ udp tcp ]; " +
  "packet-length [ >200&<300 >400&<500 ]; } then { discard; community [30740:0 30740:30740]; } }";

/** What bgpd says of them. */
const best =
  "SELECT as_path, rule, actions, communities FROM flowspec WHERE best AND next_hop IS NULL ORDER BY as_path, rule";
const fromGobgp = "destination 10.3.1.0/24 protocol =tcp destination-port =80 >=8000&<=8080 tcp-flags =syn+ack";
const held = [
  ["65001", "destination 10.1.1.0/24 protocol =udp destination-port >=8000&<=8080", "rate-limit:9600", null],
  ["65001", "destination 2001:db8:1::/48 protocol =tcp", null, null],
  ["65002 65009", "destination 10.9.1.0/24 protocol =icmp", "action:sample-terminal", null],
  ["65003", fromGobgp, "redirect:65000:7 mark:5", null],
  [
    "65004",
    "destination 10.4.1.0/24 source 10.0.0.0/8 protocol =udp =tcp packet-length >200&<300 >400&<500",
    "discard",
    "30740:0 30740:30740",
  ],
];

/** What each daemon says of the rules of the others. */
const passedOn = {
  BIRD: [
    "flow4 { dst 10.3.1.0/24; proto 6; dport 80,8000..8080; tcp flags 0x12/0x12; }",
    "flow4 { dst 10.4.1.0/24; src 10.0.0.0/8; proto 17,6; length > 200 && < 300 || > 400 && < 500; }",
    "flow4 { dst 10.9.1.0/24; proto 1; }",
  ],
  FRR: [
    "Destination Address 10.1.1.0/24 IP Protocol = 17 Destination Port >= 8000 , <= 8080 FS:rate 9600.000000",
    "Destination Address 10.3.1.0/24 IP Protocol = 6 Destination Port = 80 , >= 8000 , <= 8080 TCP Flags = 18",
    "FS:redirect VRF RT:65000:7 FS:marking 5",
    "Destination Address 10.4.1.0/24 Source Address 10.0.0.0/8",
    "Destination Address 2001:db8:1::/48/off 0 IP Protocol = 6",
  ],
  GoBGP: [
    "[destination: 10.1.1.0/24][protocol: ==udp][destination-port: >=8000&<=8080] fictitious 65000 65001",
    "[destination: 10.4.1.0/24][source: 10.0.0.0/8][protocol: ==udp ==tcp][packet-length: >200&<300 >400&<500] " +
    "fictitious 65000 65004",
    "[destination: 10.9.1.0/24][protocol: ==icmp] fictitious 65000 65002 65009",
    "[destination: 2001:db8:1::/48/0][protocol: ==tcp] fictitious 65000 65001",
  ],
  ExaBGP: [
    "flow destination-ipv4 10.1.1.0/24 protocol =udp destination-port [ >=8000&<=8080 ]",
    "flow destination-ipv4 10.3.1.0/24 protocol =tcp destination-port [ =80 >=8000&<=8080 ] tcp-flags =syn+ack",
    "flow destination-ipv4 10.9.1.0/24 protocol =icmp",
    "flow destination-ipv6 2001:db8:1::/48/0 next-header =tcp",
  ],
};

Deno.test({
  name: "FlowSpec: rules of BIRD, GoBGP, ExaBGP and, by FRR, another GoBGP at bgpd, which passes on the feasible ones",
  ignore: !canRun("FlowSpec rules of other daemons", [bird, frr, gobgp, exabgp]),
  async fn() {
    const endpoint = (asn: number): Endpoint => {
      const address = loopback();
      return { address, port: freePort(address), asn };
    };
    const behind = endpoint(65009);
    const rays: Ray[] = [
      { kind: bird, asn: 65001, routes: [], keys, more: { families, lines: { speaker: birdFlows } } },
      { kind: frr, asn: 65002, routes: [], keys, more: { families, lines: { session: frrLines(behind) } } },
      { kind: gobgp, asn: 65003, routes: [], keys, more: { families } },
      { kind: exabgp, asn: 65004, routes: [], keys, more: { families } },
    ];
    await using star = new Star(rays);
    await star.start();
    const [atBird, , atGobgp, atExabgp] = star.peers as [Peer, Peer, Peer, Peer];
    const [birdNode, frrNode, gobgpNode, exabgpNode] = star.nodes;
    await using second = await startPeer(gobgp, {
      local: behind,
      remote: { ...frrNode!.endpoint },
      routerId: "10.0.0.9",
      passive: false,
      routes: [route("10.9.0.0/16", "192.0.2.9")],
      families: ["ipv4 flowspec"],
    });
    await atBird.announce([route("10.1.0.0/16", birdNode!.endpoint.address), route("2001:db8:1::/48", "2001:db8::1")]);
    await atGobgp.announce([route("10.3.0.0/16", gobgpNode!.endpoint.address)]);
    await atExabgp.announce([route("10.4.0.0/16", exabgpNode!.endpoint.address)]);
    // GoBGP says nothing where it agrees.
    const add = "global rib -a ipv4-flowspec add match";
    assert.equal(await second.ask(`${add} destination 10.9.1.0/24 protocol icmp then action sample-terminal`), "");
    assert.equal(await atGobgp.ask(`${add} ${web} then redirect 65000:7 mark 5`), "");
    await atExabgp.ask(`announce ${flow}`);
    await star.says(held, best);
    await waitForRules(star, passedOn);
    // The route to this destination is ExaBGP's.
    assert.equal(await atGobgp.ask(`${add} destination 10.4.2.0/24 then discard`), "");
    await star.says(
      [[0, "other originator of the destination"]],
      "SELECT best, ineligible FROM flowspec WHERE rule = 'destination 10.4.2.0/24' AND as_path = '65003'",
    );
    assert.equal(await atGobgp.ask(`global rib -a ipv4-flowspec del match ${web} then redirect 65000:7 mark 5`), "");
    await atExabgp.ask(`withdraw ${flow}`);
    await star.says(held.slice(0, 3), best);
    await waitFor("the withdrawals at BIRD", async () => {
      const held = await rules("BIRD", atBird);
      return held.includes("10.9.1.0/24") && !held.includes("10.3.1.0/24") && !held.includes("10.4.1.0/24");
    }, star.patience);
    await star.stop();
  },
});

Deno.test({
  name: "FlowSpec: bgpd reflects rules between BIRD, FRR, GoBGP and ExaBGP, those of VPNs between the last two",
  ignore: !canRun("FlowSpec reflector", [bird, frr, gobgp, exabgp]),
  async fn() {
    const inside = `${keys.replace("]", ', "ipv4 flowspec-vpn", "ipv6 flowspec-vpn"]')}\nroute_reflector_client = true`;
    const rays = [bird, frr, gobgp, exabgp].map((kind): Ray => ({
      kind,
      asn: ourAsn,
      routes: [],
      keys: inside,
      more: {
        families: [...families, "ipv4 flowspec-vpn", "ipv6 flowspec-vpn"],
        ...kind === bird && { lines: { speaker: birdFlows } },
      },
    }));
    await using star = new Star(rays);
    await star.start();
    const [, , atGobgp, atExabgp] = star.peers as [Peer, Peer, Peer, Peer];
    assert.equal(await atGobgp.ask(`global rib -a ipv4-flowspec add match ${web} then discard`), "");
    await atExabgp.ask(`announce ${flow}`);
    const vpn =
      "global rib -a ipv4-l3vpn-flowspec add rd 65000:1 match destination 10.5.1.0/24 then discard rt 65000:7";
    assert.equal(await atGobgp.ask(vpn), "");
    const wide = "match destination 2001:db8:5::/48 protocol tcp then discard";
    assert.equal(await atGobgp.ask(`global rib -a ipv6-flowspec add ${wide}`), "");
    assert.equal(await atGobgp.ask(`global rib -a ipv6-l3vpn-flowspec add rd 65000:2 ${wide} rt 65000:7`), "");
    await atExabgp.ask(`announce ${flow.replace("match {", "rd 65535:65536; match {")}`);
    await waitForRules(star, {
      BIRD: [
        "dst 10.3.1.0/24; proto 6",
        "flow6 { dst 2001:db8:5::/48; next header 6; }",
        "dst 10.4.1.0/24; src 10.0.0.0/8",
        "BGP.cluster_list: 10.0.0.254",
      ],
      FRR: ["Destination Address 10.1.1.0/24", "Destination Address 10.3.1.0/24", "Destination Address 10.4.1.0/24"],
      GoBGP: [
        "[destination: 10.1.1.0/24]",
        "[destination: 10.4.1.0/24]",
        "[destination: 2001:db8:1::/48/0]",
        "[rd: 65535:65536][destination: 10.4.1.0/24][source: 10.0.0.0/8]",
      ],
      ExaBGP: [
        "flow destination-ipv4 10.1.1.0/24",
        "flow destination-ipv4 10.3.1.0/24",
        '"originator-id"',
        "flow destination-ipv4 10.5.1.0/24 rd 65000:1",
      ],
    });
    await star.says(
      [
        ["65000:1", "ipv4 flowspec-vpn", "discard rt:65000:7"],
        ["65000:2", "ipv6 flowspec-vpn", "discard rt:65000:7"],
        ["65535:65536", "ipv4 flowspec-vpn", "discard"],
      ],
      "SELECT rd, family, ext_communities FROM flowspec WHERE rd IS NOT NULL AND best ORDER BY rd",
    );
    await star.stop();
  },
});
