/** Commands of ExaBGP, line by line: each is a command, or wrong with one sentence. */
import assert from "node:assert/strict";
import { readCommand, WrongCommand } from "../../src/control/exabgp/mod.ts";
import type { Target } from "./harness.ts";

export const exabgpTarget: Target = {
  name: "ExaBGP",
  run(bytes, start, end) {
    return new TextDecoder().decode(bytes.slice(start, end)).split("\n").map(read).join("\n");
  },
};

function read(line: string): string {
  try {
    return JSON.stringify(readCommand(line));
  } catch (error) {
    if (!(error instanceof WrongCommand)) throw error;
    assert.match(error.message, /\S/);
    return error.message;
  }
}

export function exabgpSeeds(): Uint8Array[] {
  const lines = [
    "announce route 1.0.0.0/21 next-hop 101.1.101.1 med 200 community [2:1] split /23",
    "neighbor 127.0.0.1 local-as 1 peer-as 1 router-id 1.2.3.4, neighbor * announce route 2001:db8::/32 next-hop self",
    "announce attributes as-path [ 1 2 (3 4) ] large-community [1:2:3] extended-community [ l2info:1:0:9:1 ]" +
    " attribute [ 0x04 0x80 0x00000064 ] next-hop 1.1.1.1 nlri 10.0.0.0/8 11.0.0.0/8",
    "announce route 10.0.0.0/24 rd 65000:1 label [ 100 200 ] next-hop 1.1.1.1 watchdog x withdraw",
    "withdraw flow route a { match { source 10.0.0.1/32; destination-port [ >8080&<8088 =3128 ]; tcp-flags [syn]; }" +
    " then { redirect 65500:12345; rate-limit 9600; action sample-terminal; } }",
    "announce flow route {\\n match {\\n source ::1/128/120;\\n traffic-class 101; }\\n then { copy 1.2.3.4; } }",
    "announce vpls endpoint 5 base 10702 offset 1 size 8 rd 192.168.201.1:123 next-hop 192.168.201.1",
    "announce ipv6 mpls-vpn 2001:db8::/48 rd 1:1 label 3 next-hop ::1 bgp-prefix-sid-srv6 ( l3vpn 2001:1::20 )",
    "announce eor ipv4 unicast\nannounce route-refresh ipv6 unicast\nteardown 4\nshow adj-rib out extensive\n# x",
  ];
  return lines.map((line) => new TextEncoder().encode(line));
}
