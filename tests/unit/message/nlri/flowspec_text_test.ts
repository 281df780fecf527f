/** FlowSpec rules as people write them, also in the words of other programs. */
import assert from "node:assert/strict";
import { nlriCodec } from "../../../../src/message/mod.ts";
import { familyByName } from "../../../../src/types/mod.ts";

function codec(name: string) {
  return nlriCodec(familyByName(name)!.id)!;
}

function canonical(text: string, family = "ipv4 flowspec"): string {
  const key = codec(family).parse(text);
  assert.ok(!("error" in key), `${text}: ${"error" in key ? key.error : ""}`);
  return codec(family).format(key);
}

function error(text: string, family = "ipv4 flowspec"): string {
  const key = codec(family).parse(text);
  assert.ok("error" in key, text);
  return key.error;
}

Deno.test("rules in the words of ExaBGP", () => {
  const rows = [
    [
      "match { source 10.0.0.2/32; destination 192.168.0.1/32; port [ =80 =8080 ]; " +
      "destination-port [ >8080&<8088 =3128 ]; source-port >1024; protocol [ udp tcp ]; }",
      "destination 192.168.0.1/32 source 10.0.0.2/32 protocol =udp =tcp port =80 =8080 " +
      "destination-port >8080&<8088 =3128 source-port >1024",
    ],
    [
      "destination-ipv4 192.168.0.1/32 icmp-type [ =unreachable =echo-request =echo-reply ] icmp-code [ =1 =0 ] " +
      "tcp-flags [ urg rst ] packet-length [ >200&<300 >400&<500 ] dscp [ =10 =20 ] " +
      "fragment [ first-fragment last-fragment ]",
      "destination 192.168.0.1/32 icmp-type =unreachable =echo-request =echo-reply icmp-code =1 =0 " +
      "tcp-flags urg rst packet-length >200&<300 >400&<500 dscp =10 =20 fragment first-fragment last-fragment",
    ],
    ["icmp-code [ host-unreachable network-unreachable ]", "icmp-code =1 =0"],
    ["tcp-flags [ syn rst&fin&!=push ]", "tcp-flags syn rst&fin&!=push"],
    ["tcp-flags [ ack+cwr&!fin+ece ]", "tcp-flags ack+cwr&!fin+ece"],
    ["tcp-flags [ 0x20+0x8+0x1 ]", "tcp-flags fin+push+urg"],
    ["tcp-flags [ SYN ]", "tcp-flags syn"],
    ["fragment not-a-fragment", "fragment not-a-fragment"],
    ["protocol !=tcp port !=0", "protocol !=tcp port !=0"],
    ["protocol TCP", "protocol =tcp"],
  ] as const;
  for (const [text, expected] of rows) assert.equal(canonical(text), expected);
  assert.equal(
    canonical(
      "destination-ipv6 2a02:b80:15:0:7aca:39ff:feae:a87a/128/0 source-ipv6 ::1/128/120 next-header =udp " +
        "traffic-class =10 flow-label =2013",
      "ipv6 flowspec",
    ),
    "destination 2a02:b80:15:0:7aca:39ff:feae:a87a/128 source ::1/120-128 protocol =udp dscp =10 flow-label =2013",
  );
});

Deno.test("rules in the words of GoBGP", () => {
  const rows = [
    [
      "match destination 10.0.0.0/24 source 20.0.0.0/24 protocol tcp destination-port '==80' ".replaceAll("'", ""),
      "destination 10.0.0.0/24 source 20.0.0.0/24 protocol =tcp destination-port =80",
    ],
    ["port ==80 &!=81", "port =80&!=81"],
    ["port >=20 & <= 30", "port >=20&<=30"],
    ["tcp-flags =SA & !F", "tcp-flags =syn+ack&!fin"],
    ["tcp-flags S", "tcp-flags syn"],
    ["fragment dont-fragment is-fragment+first-fragment", "fragment dont-fragment is-fragment+first-fragment"],
    ["port true", "port true"],
  ] as const;
  for (const [text, expected] of rows) assert.equal(canonical(text), expected);
  assert.equal(canonical("destination ::1:0:0/96 64", "ipv6 flowspec"), "destination ::1:0:0/64-96");
});

Deno.test("components stand in any order, and a component that stands twice has the values of both", () => {
  assert.equal(canonical("port =80 destination 192.0.2.1 port =443"), "destination 192.0.2.1/32 port =80 =443");
  assert.match(error("source 10.0.0.0/8 source 11.0.0.0/8"), /^source stands twice$/);
});

Deno.test("ICMPv6 has types of its own", () => {
  assert.equal(canonical("icmp-type echo-request"), "icmp-type =echo-request");
  const [four, six] = ["ipv4 flowspec", "ipv6 flowspec"].map((name) => codec(name).parse("icmp-type echo-request"));
  assert.deepEqual([four, six], [Uint8Array.of(7, 0x81, 8), Uint8Array.of(7, 0x81, 128)]);
});

Deno.test("a wrong rule is one sentence that names the place", () => {
  const rows = [
    ["", /^a rule needs a component: destination, source, .*packet-length, dscp or fragment$/],
    ["destiny 192.0.2.0/24", /^"destiny" is no component of a rule: write destination, source/],
    ["destination 192.0.2.0/24 protocl udp", /^"protocl" is no component of a rule: write destination, source/],
    ["destination", /^destination needs a prefix$/],
    ["destination 192.0.2.0/33", /^destination 192.0.2.0\/33: a length has at most 32 bits$/],
    ["destination 192.0.2.1/24", /^destination 192.0.2.1\/24 has bits after its length$/],
    ["destination 192.0.2.0/24/8", /^destination 192.0.2.0\/24\/8: only a prefix of IPv6 has an offset$/],
    ["destination here", /^destination needs a prefix such as 192.0.2.0\/24, not "here"$/],
    ["source 2001:db8::/32", /^source 2001:db8::\/32 is IPv6, but the rule is one of IPv4$/],
    ["port http", /^port http: "http" is not a port: write a number from 0 to 65535, with = >/],
    ["port 65536", /^port 65536: "65536" is not a port/],
    ["port =80&", /^port =80&: a comparison is missing$/],
    ["protocol ip", /^protocol ip: "ip" is not a protocol: write a number from 0 to 255, or a name such as icmp/],
    ["dscp 64", /^dscp 64: "64" is not a DSCP/],
    ["tcp-flags =X", /^tcp-flags =X: "=X" is not a TCP flag/],
    ["flow-label 1", /^flow-label stands in rules of IPv6 only$/],
    ["rd 65000:1 port 80", /^only the VPN families have an RD$/],
  ] as const;
  for (const [text, expected] of rows) assert.match(error(text), expected);
  assert.match(error("destination ::/64/64", "ipv6 flowspec"), /: the offset must be less than the length$/);
  assert.match(error("port 80", "ipv4 flowspec-vpn"), /^the rule needs an RD, such as rd 65000:1$/);
  assert.match(error("rd here port 80", "ipv4 flowspec-vpn"), /^"here" is no RD/);
});
