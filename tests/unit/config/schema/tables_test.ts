import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { policySections } from "../../../../src/config/policy/keys.ts";
import { sections } from "../../../../src/config/schema/tables.ts";

type Samples = Record<string, { valid: string[]; invalid: string[] }>;

/** Attributes of routes and rules of this speaker. */
const attributeSamples: Samples = {
  origin: { valid: ['"igp"', '"EGP"', '"incomplete"'], invalid: ['"ibgp"', "0"] },
  as_path: {
    valid: ["[]", "[65000, 500]", '["65000", "1.10", "{1,2}"]', '"65000 500 {1, 2}"'],
    invalid: ['["x"]', "[0]", "[1.10]", '["{1,"]', '["{}"]', "[true]", '["{1,x}"]', "[4294967296]"],
  },
  local_pref: { valid: ["0", "4294967295"], invalid: ["-1", "4294967296", '"100"'] },
  med: { valid: ["0", "4294967295"], invalid: ["-1", "4294967296", '"100"'] },
  communities: { valid: ['["65000:99", "no-export"]', "[]"], invalid: ['["65536:1"]', '["x"]', "[5]"] },
  large_communities: { valid: ['["65000:1:2"]'], invalid: ['["65000:1"]', '["1:2:4294967296"]', "[5]"] },
  ext_communities: { valid: ['["rt:65000:100", "soo:65000:1"]'], invalid: ['["65000"]', "[5]"] },
};

/** TOML values of each key that must pass, and values that must be refused at their line. Every key needs a row. */
const samples: Record<string, Samples> = {
  "top level": {
    router_id: { valid: ['"1.1.1.1"', '"255.255.255.255"'], invalid: ['"0.0.0.0"', '"::1"', "16843009", '"1.1.1"'] },
    default_as: {
      valid: ["65000", "4294967295", '"65000"', '"1.10"'],
      invalid: ["0", "4294967296", "-1", "1.5", '"AS1"', "23456"],
    },
    bgp_socket: {
      valid: ['"127.0.0.1:1179"', '"[::1]:1179"', '"127.0.0.1"', '"::1"', '["0.0.0.0:179", "[::]:179"]'],
      invalid: ['"localhost:179"', '"127.0.0.1:0"', '"127.0.0.1:65536"', '["127.0.0.1:1", 5]', '["[::]:1", "[::]:1"]'],
    },
    api_socket: { valid: ['"127.0.0.1:8179"'], invalid: ['"127.0.0.1"', '"::1"', "8179"] },
    database: { valid: ['"x.db"'], invalid: ['""', "5"] },
    history: { valid: ["true", "false"], invalid: ['"on"', "1"] },
    database_mode: { valid: ['"0640"', '"660"', '"0600"'], invalid: ['"0444"', '"0755"', "640", '"rw-r-----"'] },
    database_group: { valid: ['"bgpd"', '"999"'], invalid: ['""', "999"] },
    control_mode: { valid: ['"0600"', '"0660"'], invalid: ['"0400"', '"0755"', "660"] },
    control_group: { valid: ['"bgpd"', '"999"'], invalid: ['""', "999"] },
    stop_timeout: { valid: ["0", "10", "3600"], invalid: ["-1", "3601", '"10"'] },
    history_days: { valid: ["1", "36500"], invalid: ["0", "36501", '"30"'] },
    history_max_mb: { valid: ["1", "10000000"], invalid: ["0", "1.5", '"8192"'] },
    selection_deferral_time: { valid: ["1", "240", "3600"], invalid: ["0", "3601", '"240"'] },
    poll_interval: { valid: ["1", "3600"], invalid: ["0", '"5"', "5.5"] },
    cluster_id: { valid: ['"1.1.1.1"'], invalid: ['"0.0.0.0"', '"x"'] },
    rfc8212: { valid: ['"accept"', '"strict"'], invalid: ['"lax"', "true"] },
    api_token_file: { valid: ['"api.token"'], invalid: ["5", '""'] },
    confederation_id: { valid: ["64999"], invalid: ["0", '"x"'] },
    confederation_members: { valid: [], invalid: ["[65001]", "5", '["x"]'] },
    multipath: { valid: ["1", "64"], invalid: ["0", "65", '"all"'] },
    multipath_relax: { valid: ["true", "false"], invalid: ["1"] },
    static_routes: { valid: ['[{ prefix = "9.9.9.0/24" }]'], invalid: ['["9.9.9.0/24"]', "5"] },
    static_flows: { valid: ['[{ rule = "port 80", actions = "discard" }]'], invalid: ['["port 80"]', "5"] },
    rpki_caches: { valid: ['[{ address = "127.0.0.1:323" }]', "[]"], invalid: ["5", '["127.0.0.1"]'] },
    stations: { valid: ['[{ address = "127.0.0.1:11019" }]', "[]"], invalid: ["5", '["127.0.0.1"]'] },
    archives: { valid: ['[{ path = "u.%Y%m%d.%H%M" }]', "[]"], invalid: ["5", '["u"]'] },
    alerts: { valid: ['[{ name = "x", kind = "leak" }]', "[]"], invalid: ["5", '["leak"]'] },
    web: { valid: ['{ listen = "[::]:8080" }', "{}"], invalid: ["5", '"127.0.0.1:8080"'] },
    bmp_socket: { valid: ['"0.0.0.0:11019"', '["127.0.0.1", "[::1]:5000"]'], invalid: ['"localhost:11019"', "11019"] },
    bmp_unknown_routers: { valid: ["true", "false"], invalid: ['"yes"', "1"] },
    routers: { valid: ['[{ address = "192.0.2.1" }]', "[]"], invalid: ["5", '["192.0.2.1"]'] },
    rpki_files: { valid: ['"vrps.json"', '["a.json", "b.json"]', "[]"], invalid: ["5", '[""]'] },
    rpki_exceptions: { valid: ['"slurm.json"'], invalid: ["5", '""'] },
    rpki: { valid: ['"off"', '"reject-invalid"'], invalid: ['"reject"', "true"] },
    aspa: { valid: ['"off"', '"reject-invalid"'], invalid: ['"reject"', "true"] },
    prefix_sets: { valid: ['[{ name = "x", prefixes = [] }]'], invalid: ["5", '["10.0.0.0/8"]', '[{ name = "x" }]'] },
    as_sets: { valid: ['[{ name = "x", asns = [1] }]'], invalid: ["5", "[{ asns = [1] }]"] },
    as_path_sets: { valid: ['[{ name = "x", patterns = ["_1_"] }]'], invalid: ["5", '["_1_"]'] },
    community_sets: { valid: ['[{ name = "x", communities = ["1:1"] }]'], invalid: ["5", '["1:1"]'] },
    policies: { valid: ['[{ name = "x" }]', "[]"], invalid: ["5", '["x"]', '[{ default = "accept" }]'] },
    include: { valid: ['"peers/*.toml"', '["a.toml", "b.toml"]', "[]"], invalid: ["5", "[5]", '""'] },
    groups: { valid: ['[{ name = "x" }]'], invalid: ["5", '["x"]', '{ name = "x" }'] },
    peers: { valid: ["[]"], invalid: ["5", '["127.0.0.2"]', '{ remote_ip = "127.0.0.2" }'] },
  },
  "[[peers]]": {
    name: {
      valid: ['"upstream-a"', '"fra1:peer_7"', '"überlingen"', '"127.0.0.2"'],
      invalid: [
        '"a b"',
        '"a/b"',
        '""',
        "5",
        '"local"',
        '"127.0.0.3"',
        '"::1"',
        `"${"x".repeat(65)}"`,
        '"a\\u0007"',
        '"a\'b"',
      ],
    },
    remote_ip: {
      valid: [
        '"10.0.0.1"',
        '"2001:db8::1"',
        '"::ffff:10.0.0.1"',
        '"10.0.0.1/32"',
        '"10.0.0.0/8"',
        '"::/0"',
        '"fe80::1%eth0"',
      ],
      invalid: [
        '"fe80::b"',
        '"fe80::b%"',
        '"2001:db8::1%eth0"',
        '"10.0.0.1/8"',
        '"10.0.0.256"',
        '"example.org"',
        "5",
        '"0.0.0.0"',
        '"::"',
        '"10.0.0.0/33"',
      ],
    },
    group: { valid: ['"lab"', '["lab"]', '["lab", "other"]', "[]"], invalid: ['"lba"', "5", '["lab", "lba"]'] },
    description: { valid: ['"x"'], invalid: ["5"] },
    remote_as: { valid: ["65000", '"1.10"'], invalid: ["0", "true", '"x"'] },
    local_as: { valid: ["65000"], invalid: ["0"] },
    local_ip: { valid: ['"127.0.0.1"'], invalid: ['"::1"', '"eth0"', '"0.0.0.0"'] },
    dest_port: { valid: ["1", "65535"], invalid: ["0", "65536", '"179"'] },
    router_id: { valid: ['"1.1.1.1"'], invalid: ['"0.0.0.0"', '"x"'] },
    hold_timer: { valid: ["0", "3", "65535"], invalid: ["1", "2", "65536", "-3", "3.5"] },
    send_hold_timer: { valid: ["0", "480"], invalid: ["-1", '"x"'] },
    connect_retry: { valid: ["1", "120"], invalid: ["0"] },
    delay_open: { valid: ["0", "10"], invalid: ["-1", "241"] },
    enabled: { valid: ["true", "false"], invalid: ['"true"', "1"] },
    passive: { valid: ["true", "false"], invalid: ['"no"'] },
    interface: { valid: ['"eth0"', '"br-lan.7"'], invalid: ['"a b"', '""', "5", '"far-too-long-name"', '"a/b"'] },
    dial_only: { valid: ["true", "false"], invalid: ['"no"'] },
    password_file: { valid: ['"peer.key"'], invalid: ["5", '""'] },
    ttl_security: { valid: ["1", "254"], invalid: ["0", "255", "true"] },
    families: {
      valid: ['["ipv4 unicast"]', '["ipv6 multicast", "ipv4 multicast", "ipv4 unicast"]'],
      invalid: ["[]", '"ipv4 unicast"', '["ipv4"]', '["ipv4 mdt"]', "[1]"],
    },
    rpki: { valid: ['"off"', '"reject-invalid"'], invalid: ['"invalid"', "false"] },
    aspa: { valid: ['"off"', '"reject-invalid"'], invalid: ['"invalid"', "false"] },
    rpki_community: { valid: ['"off"', '"send"', '"accept"', '"both"'], invalid: ['"all"', "true"] },
    add_path: {
      valid: ['"receive"', '"send"', '"both"', '"none"', '{ "ipv4 unicast" = "both" }'],
      invalid: ['"recieve"', "true", '{ "ipv4" = "both" }', '{ "ipv4 unicast" = 1 }', '{ "ipv4 multicast" = "both" }'],
    },
    extended_next_hop: {
      valid: ["true", "false", '["ipv4 unicast"]'],
      invalid: ['"yes"', '["ipv6 unicast"]', '["ipv4 multicast"]'],
    },
    enforce_first_as: { valid: ["true", "false"], invalid: ["1"] },
    import: {
      valid: ['"all"', '"none"', '"in"', '["in", "out"]', '{ "ipv4 unicast" = "in", default = "none" }'],
      invalid: ['"local"', '"inn"', "true", "[]", '["all"]', '["in", 5]', '{ ipv4 = "in" }', '{ default = "inn" }'],
    },
    export: {
      valid: [
        '"none"',
        '"local"',
        '"all"',
        '"out"',
        '["in", "out"]',
        '{ "ipv6 unicast" = ["out"], default = "local" }',
      ],
      invalid: ['"best"', "true", "[]", '["local"]', '{ "ipv4 unicast" = "best" }'],
    },
    next_hop: { valid: ['"auto"', '"self"', '"unchanged"'], invalid: ['"192.0.2.1"', "1"] },
    next_hop_ipv4: {
      valid: ['"192.0.2.1"', '"127.0.0.1"'],
      invalid: ['"2001:db8::1"', '"0.0.0.0"', "1", '"224.0.0.1"', '"240.1.1.1"', '"255.255.255.255"', '"0.1.2.3"'],
    },
    next_hop_ipv6: {
      valid: ['"2001:db8::1"', '"::1"'],
      invalid: ['"192.0.2.1"', '"::"', "1", '"ff02::1"', '"fe80::1"'],
    },
    route_reflector_client: { valid: ["true", "false"], invalid: ['"yes"'] },
    role: { valid: ['"provider"', '"rs"', '"rs-client"', '"customer"', '"peer"'], invalid: ['"server"', "3"] },
    role_strict: { valid: ["false"], invalid: ["true", '"yes"'] },
    route_server_client: { valid: ["false"], invalid: ["true", "1"] },
    flowspec_validation: { valid: ["true", "false"], invalid: ['"yes"'] },
    export_selection: { valid: ['"best"', '"per-client"'], invalid: ['"all"', "true"] },
    max_attribute_bytes: { valid: ["0", "2048"], invalid: ["-1", "65536", '"all"'] },
    add_path_max_paths: { valid: ["0", "1000"], invalid: ["-1", '"all"'] },
    add_path_send: { valid: ['"all"', "1", "255"], invalid: ["0", "256", '"best"', "true"] },
    max_members: { valid: ["1", "100000"], invalid: ["0", "100001", '"all"'] },
    min_route_advertisement_interval: { valid: ["0", "30"], invalid: ["-1", "601", '"30"'] },
    local_as_no_prepend: { valid: ["true"], invalid: ["false", "1"] },
    local_as_replace_as: { valid: ["true"], invalid: ["false", '"yes"'] },
    allowas_in: { valid: ["0", "3"], invalid: ["-1", "256", "true"] },
    as_override: { valid: ["false"], invalid: ["true", "1"] },
    remove_private_as: { valid: ['"none"'], invalid: ['"all"', '"replace"', "true"] },
    default_originate: {
      valid: ["true", "false", '["ipv4 unicast"]', '["ipv6 unicast"]'],
      invalid: ['"yes"', '["ipv4 multicast"]', "[]"],
    },
    reject_as_sets: { valid: ["true", "false"], invalid: ['"all"'] },
    aigp: { valid: ["true", "false"], invalid: ["5"] },
    max_prefixes: {
      valid: ["1", "4294967295", '{ "ipv6 unicast" = 10, "ipv4 unicast" = 20 }'],
      invalid: ["0", "4294967296", '"none"', '{ "ipv5 unicast" = 10 }', '{ "ipv4 unicast" = 0 }'],
    },
    max_prefixes_action: { valid: ['"warn"', '"discard"', '"shutdown"'], invalid: ['"stop"', "true"] },
    max_prefixes_count: { valid: ['"received"', '"accepted"'], invalid: ['"all"', "1"] },
    max_prefixes_warning: { valid: ["1", "100"], invalid: ["0", "101", '"80"'] },
    max_prefixes_restart: { valid: ["0", "30", "10080"], invalid: ["-1", "10081", "true"] },
    max_prefixes_out: {
      valid: ["1", "1000000", '{ "ipv4 unicast" = 10 }'],
      invalid: ["0", '"all"', '{ "ipv4" = 10 }', '{ "ipv4 unicast" = 0 }'],
    },
    max_prefixes_out_action: { valid: ['"warn"', '"stop"', '"shutdown"'], invalid: ['"discard"', "1"] },
    graceful_restart: { valid: ['"helper"', '"full"', '"off"'], invalid: ['"on"', "true"] },
    restart_time: { valid: ["1", "120", "4095"], invalid: ["0", "4096", '"120"'] },
    stale_routes_time: { valid: ["1", "360"], invalid: ["0", "86401"] },
    long_lived_graceful_restart: {
      valid: ["true", "false", '["ipv4 unicast"]', '["ipv4 unicast", "ipv6 unicast"]'],
      invalid: ['"yes"', "[]", '["ipv4 multicast"]', "1"],
    },
    llgr_stale_time: { valid: ["1", "16777215"], invalid: ["0", "16777216"] },
    static_flows: { valid: ["[]"], invalid: ['["port 80"]', "5"] },
    static_routes: { valid: ['[{ prefix = "9.9.9.0/24" }]'], invalid: ['["9.9.9.0/24"]', "5"] },
  },
  "[[prefix_sets]]": {
    name: { valid: ['"x"', '"a-b_c.1"'], invalid: ['""', "5", '"10.0.0.0/8"', '"a b"'] },
    prefixes: {
      valid: [
        "[]",
        '["10.0.0.0/8", "0.0.0.0/0 le 7", "::/0 ge 49", "2001:db8::/32 ge 48 le 64", "!10.1.0.0/16 le 32"]',
      ],
      invalid: [
        '["10.0.0.1"]',
        '["10.0.0.1/8"]',
        '["10.0.0.0/33"]',
        '["10.0.0.0/8 le 7"]',
        '["10.0.0.0/8 le 33"]',
        '["10.0.0.0/8 ge 24 le 16"]',
        '["10.0.0.0/8 eq 9"]',
        '["10.0.0.0/8 le 9 le 10"]',
        '["10.0.0.0/8 le x"]',
        '["other"]',
        "[5]",
      ],
    },
  },
  "[[as_sets]]": {
    name: { valid: ['"x"'], invalid: ['"65000"', "5"] },
    asns: { valid: ['[65001, "65010-65020", "1.10", "1.1-1.9"]'], invalid: ['["x"]', '["9-1"]', "[-1]", "[1.5]"] },
  },
  "[[as_path_sets]]": {
    name: { valid: ['"x"'], invalid: ['"_1_"'] },
    patterns: {
      valid: ['["_64512_", "^65001 ", "^$", "(1|2)+", "\\\\{1,2\\\\}", ".*"]'],
      invalid: ['["(1"]', '["[1"]', '["x"]', '["+"]', "[5]", '["_a_"]'],
    },
  },
  "[[community_sets]]": {
    name: { valid: ['"x"'], invalid: ['"no-export"', '"1:1"'] },
    communities: {
      valid: ['["65535:666", "65000:*", "*:1-9", "65000:1:*", "rt:65000:*", "rt:*", "no-export", "*", "ovs:valid"]'],
      invalid: ['["65536:1"]', '["1"]', '["1:2:3:4"]', '["x"]', "[5]", '["1:9-1"]', '["rt:1"]'],
    },
  },
  "[[policies]]": {
    name: { valid: ['"x"'], invalid: ['"all"', '"None"', '"local"', "5"] },
    default: { valid: ['"accept"', '"reject"', '"continue"'], invalid: ['"deny"', "true"] },
    rules: { valid: ["[]", '[{ action = "accept" }]'], invalid: ["5", '["accept"]'] },
  },
  "[[policies.rules]]": {
    name: { valid: ['"no bogons"'], invalid: ["5", '""'] },
    match: { valid: ["{}", '{ prefix = "10.0.0.0/8" }'], invalid: ["5", '"bogons"', "[]"] },
    set: { valid: ["{}", "{ med = 5 }"], invalid: ["5", '"med"'] },
    action: { valid: ['"accept"', '"reject"', '"continue"'], invalid: ['"drop"', "1"] },
  },
  "match of [[policies.rules]]": {
    ovs: { valid: ['"valid"', '["invalid", "not-found"]'], invalid: ['"notfound"', "true"] },
    avs: { valid: ['"valid"', '["invalid", "unknown"]'], invalid: ['"not-found"', "1"] },
    prefix: { valid: ['"bogons"', '["bogons", "10.0.0.0/8 le 24"]'], invalid: ['"bogon"', "5", "[]", '"10.0.0.1"'] },
    prefix_length: { valid: ["24", '"8-24"', '">= 25"', "[24, 48]"], invalid: ["129", '"24-8"', '"x"', "-1"] },
    family: { valid: ['"ipv4 unicast"', '["ipv4 unicast", "ipv6 unicast"]'], invalid: ['"ipv4"', "4", "[]"] },
    origin_as: {
      valid: ["65001", '"customers"', '["customers", "1-9"]'],
      invalid: ['"customer"', '"1-x"', "[]", "true"],
    },
    first_as: { valid: ["65001"], invalid: ['"customer"'] },
    path_as: { valid: ["65001"], invalid: ['"customer"'] },
    as_path: { valid: ['"_65001_"', '"transit"', '["transit", "^$"]'], invalid: ['"transits"', '"(1"', "65001"] },
    as_path_length: { valid: ["0", '"> 30"', "[1, 2]"], invalid: ['"long"', "[]"] },
    community: { valid: ['"65000:*"', '"tags"', '["tags", "no-export"]'], invalid: ['"tag"', '"1:x"', "[]", "5"] },
    all_communities: { valid: ['["65000:1", "tags"]'], invalid: ['["65000:1", "tag"]', "[]"] },
    next_hop: { valid: ['"192.0.2.1"', '["peer", "2001:db8::/32"]'], invalid: ['"self"', "5", "[]"] },
    local_pref: { valid: ["100", '"<= 50"'], invalid: ['"none"', '"x"'] },
    med: { valid: ["0", '"any"', '["none", "1-9"]'], invalid: ['"some"', "-1"] },
    origin: { valid: ['"igp"', '["egp", "incomplete"]'], invalid: ['"bgp"'] },
    attribute: { valid: ['"otc"', '["aigp", 128]'], invalid: ['"otcc"', "0", "256", "[]"] },
    peer: { valid: ['"192.0.2.1"', '"2001:db8::/32"'], invalid: ['"peer"', "5"] },
    peer_as: { valid: ["65001"], invalid: ['"customer"'] },
    peer_group: { valid: ['"lab"', '["lab", "other"]'], invalid: ["5", "[]", '"lba"', '["lab", "lob"]'] },
    from_peer: { valid: ['"192.0.2.1"'], invalid: ['"x"'] },
    from_as: { valid: ["65001"], invalid: ['"customer"'] },
    from_group: { valid: ['"lab"'], invalid: ["5", '"lba"'] },
    source: { valid: ['"local"', '["internal", "external"]'], invalid: ['"ebgp"'] },
  },
  "set of [[policies.rules]]": {
    remove_attributes: { valid: ['"aigp"', "[128, 20]"], invalid: ['"as_path"', '"otc"', "35", "3", '"x"', "[]"] },
    local_pref: { valid: ["200", '"+10"', '"-10"'], invalid: ['"none"', "-5", '"x"', "4294967296"] },
    med: { valid: ["0", '"+1"', '"none"'], invalid: ['"any"', "-5"] },
    origin: { valid: ['"igp"'], invalid: ['"bgp"'] },
    next_hop: {
      valid: ['"self"', '"192.0.2.1"', '["192.0.2.1", "2001:db8::1"]', '"peer"', '"unchanged"'],
      invalid: [
        '"0.0.0.0"',
        '"me"',
        '["192.0.2.1", "192.0.2.2"]',
        "[]",
        '"224.0.0.1"',
        '"240.1.1.1"',
        '"255.255.255.255"',
        '"0.1.2.3"',
        '"ff02::1"',
        '["192.0.2.1", "fe80::1"]',
      ],
    },
    prepend_first: { valid: ["1", "32"], invalid: ["0", "33"] },
    prepend: { valid: ["1", "32", "[65001, 65002]"], invalid: ["0", "33", '"2"', "[0]"] },
    communities: { valid: ["[]", '["65000:1"]'], invalid: ['["65000:*"]', '["1:1:1"]'] },
    large_communities: { valid: ["[]", '["65000:1:1"]'], invalid: ['["65000:1"]'] },
    ext_communities: { valid: ['["rt:65000:1"]'], invalid: ['["65000:1"]'] },
    remove_communities: { valid: ['"*"', '["tags", "65000:*"]'], invalid: ['"tag"', "[]"] },
    add_communities: {
      valid: ['["65000:1", "65000:1:1", "rt:65000:1", "no-export"]'],
      invalid: ['["65000:*"]', '["x"]'],
    },
    atomic_aggregate: { valid: ["true", "false"], invalid: ['"yes"'] },
  },
  "[[groups]]": {
    name: { valid: ['"x"'], invalid: ["5", '""', '"lab"'] },
    group: { valid: ['"lab"', '["lab", "lab"]', "[]"], invalid: ["5", '"lba"', '"other"'] },
  },
  "[[peers.static_routes]]": {
    prefix: {
      valid: ['"9.9.9.0/24"', '"2001:db8::/32"', '"0.0.0.0/0"'],
      invalid: ['"9.9.9.9"', '"9.9.9.9/24"', '"x"', "9"],
    },
    next_hop: {
      valid: ['"self"', '"1.1.1.1"', '"127.0.0.1"'],
      invalid: ['"::1"', '"x"', '"0.0.0.0"', "1", '"224.0.0.1"', '"240.1.1.1"', '"255.255.255.255"', '"0.1.2.3"'],
    },
    ...attributeSamples,
  },
  "[[rpki_caches]]": {
    address: {
      valid: ['"127.0.0.1:323"', '"127.0.0.1"', '"[::1]:8282"', '"::1"'],
      invalid: ['"localhost:323"', '"127.0.0.1:0"', "323", '"[fe80::1]:323"'],
    },
    name: { valid: ['"ams"'], invalid: ["5", '""'] },
    preference: { valid: ["0", "65535"], invalid: ["-1", "65536", '"1"'] },
    password_file: { valid: ['"cache.key"'], invalid: ["5", '""'] },
    version: { valid: ["0", "1", "2"], invalid: ["3", '"1"'] },
    refresh: { valid: ["1", "86400"], invalid: ["0", "86401", '"1h"'] },
    retry: { valid: ["1", "7200"], invalid: ["0", "7201"] },
    expire: { valid: ["600", "172800"], invalid: ["599", "172801"] },
  },
  "[[stations]]": {
    address: {
      valid: ['"127.0.0.1:11019"', '"127.0.0.1"', '"[::1]:5000"', '"::1"'],
      invalid: ['"localhost:11019"', '"127.0.0.1:0"', "11019", '"[fe80::1]:11019"'],
    },
    name: { valid: ['"noc"'], invalid: ["5", '""'] },
    monitor: {
      valid: ['"loc"', '["adj-in", "adj-in-post", "adj-out-post", "loc"]'],
      invalid: ['"adj-out"', '["loc-rib"]', "true"],
    },
    peers: { valid: ["[]"], invalid: ["5", '["nobody"]'] },
    families: { valid: ['["ipv4 unicast", "evpn"]'], invalid: ['["ipv5"]', "[]", "5"] },
    statistics: { valid: ["0", "86400"], invalid: ["-1", "86401", '"1h"'] },
    mirror: { valid: ["true", "false"], invalid: ['"yes"', "1"] },
    retry: { valid: ["1", "720"], invalid: ["0", "721"] },
    password_file: { valid: ['"station.key"'], invalid: ["5", '""'] },
  },
  "[[archives]]": {
    kind: { valid: ['"updates"', '"table"'], invalid: ['"rib"', "1"] },
    path: {
      valid: ['"/srv/%Y.%m/u.%Y%m%d.%H%M.gz"', '"u.%Y.%j.%H%M"', '"u.%s.zst"', '"100%%.%s"'],
      invalid: ['"updates.gz"', '"u.%Y%m%d"', '"u.%Y%m%d.%H"', '"u.%Y%m%d.%I%M"', '"u.%s.%"', "5"],
    },
    interval: { valid: ["60", "86400"], invalid: ["0", "7", "700", "86401"] },
    peers: { valid: ["[]"], invalid: ["5", '["nobody"]'] },
    families: { valid: ['["ipv4 unicast"]'], invalid: ['["ipv5"]', "[]"] },
    max_age: { valid: ["1", "365"], invalid: ["0", '"30d"'] },
    max_size: { valid: ["1", "50_000"], invalid: ["0", '"1G"'] },
  },
  "[[alerts]]": {
    name: { valid: ['"our prefixes"'], invalid: ["5", '""', '"a\\u0007"'] },
    kind: { valid: ['"leak"', '"Peer-down"', '"invalid"'], invalid: ['"hijack"', "1", '"sql"'] },
    sql: { valid: ['"SELECT 1"'], invalid: ['"DELETE FROM peers"', "1", '""'] },
    prefixes: { valid: ['"10.0.0.0/8"', '["2001:db8::/32"]'], invalid: ['"10.0.0.1/8"', "5", "[]", '"10.0.0.0/7"'] },
    origins: { valid: ["64500", '["1.10"]'], invalid: ["0", "[]", '"AS1"'] },
    upstreams: { valid: ["64500", "[1, 2]"], invalid: ["0", "[]", "true"] },
    peers: { valid: ['"lab"', '["127.0.0.2"]'], invalid: ["5", '["nobody"]'] },
    percent: { valid: ["1", "10_000"], invalid: ["0", "10_001", '"20%"'] },
    window: { valid: ["10", "604800"], invalid: ["9", "604801", '"1h"'] },
    interval: { valid: ["1", "86400"], invalid: ["0", "86401", '"1s"'] },
    hold_down: { valid: ["0", "86400"], invalid: ["-1", "86401"] },
    recovery: { valid: ["0", "86400"], invalid: ["-1", "86401"] },
    webhooks: { valid: ['"https://noc.example.net/x"', "[]"], invalid: ['"noc.example.net"', "5", '"ftp://x/"'] },
    webhook_files: { valid: ['"slack.url"'], invalid: ["5", '""'] },
    format: { valid: ['"json"', '"slack"'], invalid: ['"xml"', "1"] },
    file: { valid: ['"alerts.ndjson"'], invalid: ["5", '""'] },
    severity: { valid: ['"info"', '"critical"'], invalid: ['"high"', "1"] },
  },
  "[web]": {
    listen: { valid: ['"127.0.0.1:8080"', '"[::]:80"'], invalid: ['"127.0.0.1"', '"localhost:80"', "8080"] },
    title: { valid: ['"AS64500"'], invalid: ["5", '""'] },
    hosts: { valid: ['"*"', '["lg.example.net", "LG"]', "[]"], invalid: ['"http://lg"', '""', "5", '["a:80"]'] },
    origins: {
      valid: ['"*"', '["https://noc.example.net", "http://localhost:3000"]'],
      invalid: ['"noc.example.net"', '"https://noc.example.net/"', "5"],
    },
    access_file: { valid: ['"web.access"'], invalid: ["5", '""'] },
    proxies: { valid: ['"127.0.0.1"', '["::1"]', "[]"], invalid: ['"localhost"', '["10.0.0.0/8"]'] },
    rate_limit: { valid: ["0", "100000"], invalid: ["-1", '"many"'] },
    max_clients: { valid: ["1", "10_000"], invalid: ["0", '"many"'] },
    url: { valid: ['"https://lg.example.net/bgp/"'], invalid: ['"lg.example.net"', "5", '"https://lg/?x"'] },
    database: { valid: ['"web.db"'], invalid: ["5", '""'] },
  },
  "[[routers]]": {
    address: {
      valid: ['"192.0.2.1"', '"2001:db8::1"', '"10.0.0.0/8"', '"::/0"'],
      invalid: ['"edge1"', '"192.0.2.1:11019"', '"10.0.0.1/8"', "5"],
    },
    name: { valid: ['"edge1"'], invalid: ["5", '""'] },
    port: { valid: ["1", "65535"], invalid: ["0", "65536", '"11019"'] },
    stale_time: { valid: ["0", "86400"], invalid: ["-1", "86401", '"1h"'] },
  },
  "[[peers.static_flows]]": {
    rule: {
      valid: ['"port 80"', '"destination 192.0.2.0/24 protocol =udp =tcp"'],
      invalid: ['""', "5", '"port http"', '"port >8000 <=8080"', '"destination 2001:db8::/32"'],
    },
    matches: {
      valid: ['["source 10.0.0.0/8", "port >8000 <=8080"]', '"port [ =80 =443 ]"'],
      invalid: ["[5]", '["port =80 =443"]', '["port"]'],
    },
    actions: {
      valid: ['"discard"', '["rate-limit 9600", "redirect 65000:100"]', '"accept"'],
      invalid: ["5", "[]", '[""]', '"drop it"', '["mark 64"]'],
    },
    family: { valid: ['"ipv4 flowspec"', '"ipv4 flow"'], invalid: ['"ipv4 unicast"', "1"] },
    afi: { valid: ["1"], invalid: ["0", "3", '"ipv4"'] },
    rd: { valid: [], invalid: ["5", '""'] },
    next_hop: { valid: ['"192.0.2.1"', '"2001:db8::1"'], invalid: ['"x"', '"224.0.0.1"'] },
    ...attributeSamples,
  },
};

/** Sets and policies that samples name. */
const policyTables = [
  '[[prefix_sets]]\nname = "bogons"\nprefixes = ["10.0.0.0/8 le 32"]',
  '[[as_sets]]\nname = "customers"\nasns = [65001]',
  '[[as_path_sets]]\nname = "transit"\npatterns = ["_64512_"]',
  '[[community_sets]]\nname = "tags"\ncommunities = ["65000:*"]',
  '[[policies]]\nname = "in"\n[[policies]]\nname = "out"',
].join("\n").split("\n");

/** What else a table of policies needs, beside the key in question. */
const companions: Readonly<Record<string, readonly string[]>> = {
  "[[prefix_sets]]": ['name = "y"', "prefixes = []"],
  "[[as_sets]]": ['name = "y"', "asns = []"],
  "[[as_path_sets]]": ['name = "y"', "patterns = []"],
  "[[community_sets]]": ['name = "y"', "communities = []"],
  "[[policies]]": ['name = "y"'],
};

function policyTable(section: string, key: string, line: string): string[] {
  if (section in companions) {
    return [section, line, ...companions[section]!.filter((other) => !other.startsWith(`${key} =`))];
  }
  const rule = ["[[policies]]", 'name = "y"', "[[policies.rules]]"];
  if (section === "[[policies.rules]]") return [...rule, line];
  return [...rule, section.startsWith("match") ? "[policies.rules.match]" : "[policies.rules.set]", line];
}

/** A right configuration with one `key = value` put in, and the number of that line. */
function configWith(section: string, key: string, value: string): { text: string; line: number } {
  const line = `${key} = ${value}`;
  const isIn = (name: string) => section === name;
  const isPolicy = policySections.some(({ name }) => name === section);
  const other = isIn("[[groups]]") && key === "name" ? [] : ['name = "other"'];
  const group = ["[[groups]]", ...other, ...isIn("[[groups]]") ? [line] : [], "[[groups]]", 'name = "lab"'];
  const lines = isIn("top level")
    ? [
      ...key === "router_id" ? [] : ['router_id = "1.1.1.1"'],
      ...key === "default_as" ? [] : ["default_as = 65000"],
      line,
    ]
    : ['router_id = "1.1.1.1"', "default_as = 65000", ...group, ...policyTables, "[[peers]]"];
  if (isIn("[[peers]]")) {
    // Members are those of a network.
    // One of the two says where it is.
    if (key !== "remote_ip" && key !== "interface") {
      lines.push(`remote_ip = "${key === "max_members" ? "127.0.0.0/24" : "127.0.0.2"}"`);
    }
    // Roles are of eBGP sessions.
    if (key !== "remote_as") lines.push(`remote_as = ${key === "role" ? 65001 : 65000}`);
    lines.push(line);
  } else if (!isIn("top level")) {
    // So that a path may have a set.
    lines.push('remote_ip = "127.0.0.2"', "remote_as = 65000", "reject_as_sets = false");
  }
  if (isIn("[[rpki_caches]]")) {
    lines.push("[[rpki_caches]]", line);
    if (key !== "address") lines.push('address = "127.0.0.1:323"');
  }
  if (isIn("[[stations]]")) {
    lines.push("[[stations]]", line);
    if (key !== "address") lines.push('address = "127.0.0.1:11019"');
  }
  if (isIn("[[archives]]")) {
    lines.push("[[archives]]", line);
    if (key !== "path") lines.push('path = "u.%Y%m%d.%H%M"');
  }
  if (isIn("[[alerts]]")) {
    lines.push("[[alerts]]", line, ...alertLines(key));
  }
  if (isIn("[web]")) lines.push("[web]", line);
  if (isIn("[[routers]]")) {
    lines.push("[[routers]]", line);
    if (key !== "address") lines.push('address = "192.0.2.1"');
  }
  if (isIn("[[peers.static_flows]]")) {
    lines.push('families = ["ipv4 unicast", "ipv4 flowspec"]', "[[peers.static_flows]]", line);
    if (key !== "rule" && key !== "matches") lines.push('rule = "port 80"');
    if (key !== "actions" && key !== "action") lines.push('actions = "discard"');
  }
  if (isIn("[[peers.static_routes]]")) {
    lines.push("[[peers.static_routes]]", line);
    if (key !== "prefix") lines.push('prefix = "9.9.9.0/24"');
  }
  if (isPolicy) lines.push(...policyTable(section, key, line));
  return { text: lines.join("\n"), line: lines.lastIndexOf(line) + 1 };
}

/** What an alert with this key needs beside it. */
function alertLines(key: string): string[] {
  const kinds: Readonly<Record<string, string>> = { origins: "origin-change", upstreams: "new-upstream" };
  const kind = kinds[key] ??
    (key === "prefixes" ? "more-specific" : /^(percent|window)$/.test(key) ? "route-count" : "leak");
  const lines = key === "name" ? [] : ['name = "x"'];
  if (key !== "kind" && key !== "sql") lines.push(`kind = "${kind}"`);
  if (key in kinds) lines.push('prefixes = "10.0.0.0/8"');
  if (key === "format") lines.push('webhooks = "https://noc.example.net"');
  return lines;
}

for (const { name: section, keys } of sections) {
  for (const [key, row] of Object.entries(keys)) {
    Deno.test(`${section}: ${key} takes its right values and refuses wrong ones where they stand`, () => {
      const sample = samples[section]?.[key];
      assert.ok(sample !== undefined, "a new key needs a row of samples in this test");
      const spellings = [key, ..."aliases" in row ? row.aliases as readonly string[] : []];
      if (section.startsWith("match")) spellings.push(`not_${key}`);
      for (const spelling of spellings) {
        for (const value of sample.valid) {
          const result = parseConfig(configWith(section, spelling, value).text);
          assert.deepEqual(result.kind === "errors" ? result.errors : [], [], `${spelling} = ${value}`);
        }
        for (const value of sample.invalid) {
          const { text, line } = configWith(section, spelling, value);
          const result = parseConfig(text);
          assert.equal(result.kind, "errors", `${spelling} = ${value}`);
          if (result.kind !== "errors") continue;
          assert.ok(
            result.errors.some((error) => error.line === line || section === "[[groups]]"),
            `${spelling} = ${value}`,
          );
          for (const error of result.errors) {
            assert.ok(
              error.message.includes(spelling) || error.message.includes(key) || section === "[[groups]]",
              error.message,
            );
          }
        }
      }
      assert.ok(row.doc.length > 0);
    });
  }
}

Deno.test("every sample belongs to a key that exists", () => {
  for (const [section, keys] of Object.entries(samples)) {
    const known = sections.find(({ name }) => name === section);
    for (const key of Object.keys(keys)) assert.ok(known !== undefined && key in known.keys, `${section} ${key}`);
  }
});
