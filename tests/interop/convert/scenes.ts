/** Routers with filters, for `replaced.ts`. */
import type { PeerRoute } from "../peers/mod.ts";
import type { Replaced } from "./replaced.ts";

type Extra = Partial<PeerRoute>;

function route(prefix: string, extra: Extra = {}): PeerRoute {
  return { prefix, nextHop: "198.51.100.1", communities: [], largeCommunities: [], extCommunities: [], ...extra };
}

/** Routes of a provider: good ones, and each kind that the filters reject. */
const providerRoutes: readonly PeerRoute[] = [
  route("100.10.0.0/16", { asPath: "64700 64701" }),
  route("100.11.0.0/16", { asPath: "64700", communities: ["64496:70"], med: 30 }),
  route("100.12.0.0/16", { asPath: "64700 64666 64701" }),
  route("100.13.1.0/28", { asPath: "64700" }),
  route("10.1.0.0/16", { asPath: "64700" }),
  route("100.14.0.0/16", {
    origin: "incomplete",
    communities: ["64500:1", "65001:7"],
    largeCommunities: ["64500:1:9"],
  }),
];

const customerRoutes: readonly PeerRoute[] = [
  route("203.0.113.0/24"),
  route("203.0.113.128/25", { communities: ["64511:70"] }),
  route("198.18.0.0/16"),
  route("203.0.113.7/32", { communities: ["65535:666"] }),
];

/** Functions, constants, nested branches and static routes. */
export const birdEdge: Replaced = {
  language: "bird",
  asns: [64500, 64496, 64511],
  upstreamRoutes: providerRoutes,
  downstreamRoutes: customerRoutes,
  expected: { upstream: 4, downstream: 4 },
  config: ({ router, upstream, downstream }) => `
router id 192.0.2.1;
define OWN = 64500;
define BOGONS = [ 10.0.0.0/8+, 192.168.0.0/16+, 0.0.0.0/0{25,32} ];
define CUST = [ 203.0.113.0/24{24,28} ];
define OURS = [ 198.51.100.0/24, 203.0.112.0/22{22,24} ];

function is_bogon() {
  if net ~ BOGONS then return true;
  return false;
}
function mark(int kind) {
  bgp_large_community.delete([(OWN, *, *)]);
  bgp_large_community.add((OWN, 1, kind));
}
filter from_upstream {
  if is_bogon() then reject;
  if bgp_path ~ [= * 64666 * =] then reject;
  mark(1);
  if (64496, 70) ~ bgp_community then bgp_community.add((OWN, 70)); else bgp_community.delete([(OWN, *)]);
  accept;
}
filter from_customer {
  if (65535, 666) ~ bgp_community && net ~ [ 203.0.113.0/24{32,32} ] then {
    mark(3);
    bgp_community.add((65535, 65281));
    accept;
  }
  if !(net ~ CUST) then { print "not theirs ", net; reject; }
  mark(3);
  bgp_local_pref = 200;
  accept;
}
filter to_upstream {
  if source = RTS_STATIC && net ~ OURS then accept;
  if (OWN, 1, 3) ~ bgp_large_community then {
    bgp_path.prepend(OWN);
    bgp_large_community.delete([(OWN, *, *)]);
    if net.len > 24 then bgp_med = 50;
    accept;
  }
  reject;
}
protocol device { }
protocol static originated {
  ipv4;
  route 198.51.100.0/24 blackhole { bgp_community.add((64500, 99)); };
  route 203.0.112.0/22 unreachable;
  route 192.0.2.0/24 blackhole;
}
template bgp outside {
  local ${router.address} port ${router.port} as OWN;
  strict bind;
  multihop;
  hold time 30;
}
protocol bgp above from outside {
  neighbor ${upstream.address} port ${upstream.port} as ${upstream.asn};
  ipv4 { import filter from_upstream; export filter to_upstream; };
}
protocol bgp below from outside {
  neighbor ${downstream.address} port ${downstream.port} as ${downstream.asn};
  ipv4 { import filter from_customer; export where net.len < 25 && (source = RTS_BGP || net = 198.51.100.0/24); };
}
`,
};

/** iBGP on one side: LOCAL_PREF, next hop self and MED. */
export const birdInside: Replaced = {
  language: "bird",
  asns: [64500, 64496, 64500],
  upstreamRoutes: providerRoutes,
  downstreamRoutes: [route("198.51.100.0/24", { localPref: 150 }), route("198.51.101.0/24", { med: 7 })],
  expected: { upstream: 1, downstream: 5 },
  config: ({ router, upstream, downstream }) => `
router id 192.0.2.1;
define SLOW = [ 64666, 65500..65510 ];
protocol device { }
protocol static { ipv4; route 203.0.113.0/24 blackhole { bgp_local_pref = 70; bgp_med = 5; }; }
protocol bgp above {
  local ${router.address} port ${router.port} as 64500;
  strict bind;
  multihop;
  neighbor ${upstream.address} port ${upstream.port} as 64496;
  ipv4 {
    import filter {
      if net.len > 24 then reject;
      bgp_local_pref = 120;
      if bgp_path ~ SLOW then { bgp_local_pref = 50; bgp_path.prepend(64496); accept; }
      if defined(bgp_med) && bgp_med = 30 then bgp_local_pref = bgp_local_pref + 5;
      if bgp_origin = ORIGIN_INCOMPLETE then { bgp_community.empty; bgp_origin = ORIGIN_EGP; }
      accept;
    };
    export where source = RTS_BGP && bgp_local_pref = 150;
  };
}
protocol bgp inside {
  local ${router.address} port ${router.port} as 64500;
  strict bind;
  neighbor ${downstream.address} port ${downstream.port} internal;
  ipv4 { import all; export where net != 10.1.0.0/16; next hop self; };
}
`,
};

const frrHead = `frr defaults traditional
hostname router
log stdout
bgp route-map delay-timer 0
`;

function frrNeighbour(at: { address: string; port: number; asn: number }, router: { address: string }): string {
  return [
    `remote-as ${at.asn}`,
    `port ${at.port}`,
    `update-source ${router.address}`,
    "disable-connected-check",
    "timers 10 30",
    "timers connect 1",
    "advertisement-interval 0",
  ].map((words) => ` neighbor ${at.address} ${words}`).join("\n");
}

const frrLists = `ip prefix-list NO-BOGONS seq 5 deny 10.0.0.0/8 le 32
ip prefix-list NO-BOGONS seq 10 permit 100.0.0.0/8 le 24
ip prefix-list OURS seq 5 permit 198.51.100.0/24
ip prefix-list OURS seq 10 permit 203.0.112.0/22
ip prefix-list CUSTOMER seq 5 permit 203.0.113.0/24 le 28
ip prefix-list HOSTS seq 5 permit 203.0.113.0/24 ge 32
ip prefix-list SHORT seq 5 deny 192.0.2.0/24
ip prefix-list SHORT seq 10 deny 203.0.112.0/22
ip prefix-list SHORT seq 20 permit any
bgp as-path access-list NO-LEAKS seq 5 deny _64666_
bgp as-path access-list NO-LEAKS seq 10 permit .*
bgp community-list standard SECOND seq 5 permit 64511:70
bgp community-list standard SLOW seq 5 permit 64496:70
bgp community-list standard BLACKHOLE seq 5 permit 65535:666
bgp community-list standard OWN-MARKS seq 5 permit 64500:1
bgp large-community-list standard CUSTOMERS seq 5 permit 64500:1:3
`;

/** Prefix lists in both directions, route maps with lists of every kind, networks with attributes. */
export const frrEdge: Replaced = {
  language: "frr",
  fromRunning: true,
  asns: [64500, 64496, 64511],
  upstreamRoutes: providerRoutes,
  downstreamRoutes: customerRoutes,
  expected: { upstream: 4, downstream: 4 },
  config: ({ router, upstream, downstream }) =>
    `${frrHead}
route-map ORIGINATE permit 10
 set community 64500:99
 set metric 20
exit
router bgp 64500
 bgp router-id 192.0.2.1
 no bgp network import-check
 bgp allow-martian-nexthop
 bgp disable-ebgp-connected-route-check
${frrNeighbour(upstream, router)}
 neighbor ${upstream.address} ebgp-multihop 255
${frrNeighbour(downstream, router)}
 neighbor ${downstream.address} ebgp-multihop 255
 address-family ipv4 unicast
  network 198.51.100.0/24
  network 203.0.112.0/22 route-map ORIGINATE
  network 192.0.2.0/24
  neighbor ${upstream.address} prefix-list NO-BOGONS in
  neighbor ${upstream.address} filter-list NO-LEAKS in
  neighbor ${upstream.address} route-map FROM-PROVIDER in
  neighbor ${upstream.address} route-map TO-PROVIDER out
  neighbor ${downstream.address} route-map FROM-CUSTOMER in
  neighbor ${downstream.address} prefix-list SHORT out
 exit-address-family
exit
${frrLists}route-map FROM-PROVIDER permit 10
 match community SLOW
 set local-preference 70
 set large-community 64500:1:1 additive
exit
route-map FROM-PROVIDER permit 20
 on-match next
 set comm-list OWN-MARKS delete
exit
route-map FROM-PROVIDER permit 30
 set large-community 64500:1:1
exit
route-map FROM-CUSTOMER permit 10
 match ip address prefix-list HOSTS
 match community BLACKHOLE
 set community no-export additive
exit
route-map FROM-CUSTOMER permit 20
 match ip address prefix-list CUSTOMER
 match community SECOND
 set local-preference 70
 set as-path prepend 64511
 set large-community 64500:1:3
exit
route-map FROM-CUSTOMER permit 30
 match ip address prefix-list CUSTOMER
 set local-preference 200
 set large-community 64500:1:3 additive
exit
route-map TO-PROVIDER permit 10
 match ip address prefix-list OURS
exit
route-map TO-PROVIDER permit 20
 match large-community CUSTOMERS
 set as-path prepend 64500 64500
 set metric 40
exit
`,
};

/** A route reflector in front of an eBGP peer: LOCAL_PREF, next hop self, no policy towards the client. */
export const frrInside: Replaced = {
  language: "frr",
  asns: [64500, 64496, 64500],
  upstreamRoutes: providerRoutes,
  downstreamRoutes: [route("198.51.100.0/24", { localPref: 150 }), route("198.51.101.0/24", { med: 7 })],
  expected: { upstream: 2, downstream: 6 },
  config: ({ router, upstream, downstream }) =>
    `${frrHead}
router bgp 64500
 bgp router-id 192.0.2.1
 no bgp network import-check
 bgp allow-martian-nexthop
 bgp disable-ebgp-connected-route-check
 neighbor CLIENTS peer-group
 neighbor CLIENTS remote-as 64500
 neighbor CLIENTS update-source ${router.address}
 neighbor CLIENTS timers 10 30
${frrNeighbour(upstream, router)}
 neighbor ${upstream.address} ebgp-multihop 255
 neighbor ${downstream.address} peer-group CLIENTS
 neighbor ${downstream.address} port ${downstream.port}
 neighbor ${downstream.address} timers connect 1
 neighbor ${downstream.address} advertisement-interval 0
 address-family ipv4 unicast
  network 203.0.113.0/24
  neighbor CLIENTS next-hop-self
  neighbor CLIENTS route-reflector-client
  neighbor ${upstream.address} route-map IN in
  neighbor ${upstream.address} route-map OUT out
  no neighbor ${upstream.address} send-community all
 exit-address-family
exit
ip prefix-list LONG seq 5 permit 0.0.0.0/0 ge 25
bgp as-path access-list NEAR seq 5 permit ^[0-9]+$
route-map IN deny 5
 match ip address prefix-list LONG
exit
route-map IN permit 10
 match as-path NEAR
 set local-preference 50
 set origin egp
exit
route-map IN permit 20
 match metric 30
 set local-preference 120
exit
route-map IN permit 30
 set local-preference 130
exit
route-map OUT permit 10
 match local-preference 150
 set community 64500:5 additive
exit
route-map OUT permit 20
 match metric 7
exit
`,
};

/** Two members of an exchange, both families: a template with channels, functions with parameters, communities. */
export const birdRouteServer: Replaced = {
  language: "bird",
  asns: [64500, 64496, 64511],
  upstreamRoutes: [
    ...providerRoutes,
    route("2001:db8:10::/48", { nextHop: "2001:db8::1", largeCommunities: ["64500:0:64511"] }),
    route("2001:db8:11::/48", { nextHop: "2001:db8::1", communities: ["64500:64511"] }),
    route("2001:db8:12::/64", { nextHop: "2001:db8::1" }),
  ],
  downstreamRoutes: customerRoutes,
  expected: { upstream: 2, downstream: 5 },
  config: ({ router, upstream, downstream }) => `
router id 192.0.2.1;
define RS = 64500;
function is_good(int peer_as) {
  if net.type = NET_IP4 && net.len > 25 then return false;
  if net.type = NET_IP6 && net.len > 48 then return false;
  if bgp_path.first != peer_as then return false;
  return !(net ~ [ 10.0.0.0/8+ ]);
}
function may_go_to(int peer_as) {
  if (RS, 0, peer_as) ~ bgp_large_community then return false;
  if (RS, peer_as) ~ bgp_community then return true;
  return !((0, RS) ~ bgp_community);
}
filter to_below {
  if !may_go_to(64511) then reject;
  bgp_community.delete([(RS, *)]);
  bgp_large_community.delete([(RS, *, *)]);
  accept;
}
protocol device { }
template bgp members {
  local ${router.address} port ${router.port} as RS;
  strict bind;
  rs client;
  hold time 30;
  multihop;
  ipv4 { export where may_go_to(64496); };
  ipv6 { export where may_go_to(64496); };
}
protocol bgp above from members {
  neighbor ${upstream.address} port ${upstream.port} as ${upstream.asn};
  ipv4 { import where is_good(64496); };
  ipv6 { import where is_good(64496); };
}
protocol bgp below from members {
  neighbor ${downstream.address} port ${downstream.port} as ${downstream.asn};
  ipv4 { import where is_good(64511) && net ~ [ 203.0.113.0/24+ ]; export filter to_below; };
  ipv6 { import none; export filter to_below; };
}
`,
};

/** Two members of an exchange, one policy for all in a peer group. */
export const frrRouteServer: Replaced = {
  language: "frr",
  fromRunning: true,
  asns: [64500, 64496, 64511],
  upstreamRoutes: providerRoutes,
  downstreamRoutes: customerRoutes,
  expected: { upstream: 3, downstream: 2 },
  config: ({ router, upstream, downstream }) => {
    const members = [upstream, downstream].map((member) =>
      `${frrNeighbour(member, router)}
 neighbor ${member.address} ebgp-multihop 255
 neighbor ${member.address} peer-group MEMBERS`
    );
    return `${frrHead}
bgp community-list standard NOT-TO-ANY seq 5 permit 64496:70
bgp as-path access-list LEAKS seq 5 permit _64666_
ip prefix-list SHORT seq 5 deny 10.0.0.0/8 le 32
ip prefix-list SHORT seq 10 permit 0.0.0.0/0 le 25
route-map IN deny 5
 match as-path LEAKS
exit
route-map IN permit 10
 match ip address prefix-list SHORT
exit
route-map OUT deny 10
 match community NOT-TO-ANY
exit
route-map OUT permit 20
 set metric 77
exit
router bgp 64500
 bgp router-id 192.0.2.1
 no bgp default ipv4-unicast
 bgp allow-martian-nexthop
 bgp disable-ebgp-connected-route-check
 neighbor MEMBERS peer-group
${members.join("\n")}
 address-family ipv4 unicast
  neighbor MEMBERS activate
  neighbor MEMBERS route-server-client
  neighbor MEMBERS attribute-unchanged next-hop
  neighbor MEMBERS route-map IN in
  neighbor MEMBERS route-map OUT out
 exit-address-family
exit
`;
  },
};
