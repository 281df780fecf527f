/**
 * Roles (RFC 9234 §4) with BIRD, FRR and OpenBGPD: a session where both sides agree, Role Mismatch where they do not,
 * and peers without a role. `inter_as_test.ts` shows what roles do to routes.
 */
import assert from "node:assert/strict";
import type { RoleName } from "../../src/message/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { concurrently } from "../support/steps.ts";
import { waitFor } from "../support/wait.ts";
import { type Endpoint, type PeerKind, peerKinds, startPeer } from "./peers/mod.ts";
import { canRun, ourAsn } from "./star.ts";

const kinds = peerKinds.filter(({ abilities }) => abilities.includes("role"));
const title = "roles with BIRD, FRR and OpenBGPD";

interface Scene {
  readonly ours: RoleName;
  readonly theirs?: RoleName;
  readonly strict?: boolean;
  readonly matches: boolean;
}

/** Each role of ours once with its counterpart; then what must not be. */
const scenes: readonly Scene[] = [
  { ours: "provider", theirs: "customer", matches: true },
  { ours: "customer", theirs: "provider", strict: true, matches: true },
  { ours: "rs", theirs: "rs-client", matches: true },
  { ours: "rs-client", theirs: "rs", matches: true },
  { ours: "peer", theirs: "peer", matches: true },
  { ours: "provider", matches: true },
  { ours: "provider", strict: true, matches: false },
  { ours: "provider", theirs: "provider", matches: false },
  { ours: "customer", theirs: "peer", matches: false },
];

Deno.test({
  name: title,
  ignore: !canRun(title, kinds),
  fn: (t) => {
    const cases = kinds.flatMap((kind) =>
      scenes.map((scene) => ({ title: titleOf(kind, scene), run: () => play(kind, scene) }))
    );
    return concurrently(t, 4, cases);
  },
});

function titleOf({ title }: PeerKind, { ours, theirs, strict = false, matches }: Scene): string {
  const clause = matches ? "RFC 9234 §4.2, negative" : "RFC 9234 §4.2";
  return `${clause}: ${title}: we ${ours}${strict ? ", strict" : ""}, it ${theirs ?? "nothing"}: ${
    matches ? "a session" : "none"
  }`;
}

async function play(kind: PeerKind, { ours, theirs, strict, matches }: Scene): Promise<void> {
  const endpoint = (asn: number): Endpoint => {
    const address = loopback();
    return { address, port: freePort(address), asn };
  };
  const [us, them] = [endpoint(ourAsn), endpoint(65001)];
  const config = `router_id = "10.0.0.254"
default_as = ${us.asn}
bgp_socket = "${us.address}:${us.port}"
[[peers]]
remote_ip = "${them.address}"
remote_as = ${them.asn}
passive = true
role = "${ours}"
role_strict = ${strict === true}
`;
  await using bgpd = await startBgpd({ config });
  const options = { local: them, remote: us, routerId: "10.0.0.1", passive: false, routes: [] };
  await using peer = await startPeer(kind, { ...options, ...theirs === undefined ? {} : { role: theirs } });
  const detail = () => `${bgpd.process.log()}\n${peer.log}`;
  if (matches) {
    await peer.waitEstablished({ detail });
    const shown = await waitFor("the session in show peer", async () => {
      const { stdout } = await bgpd.command("show", "peer", them.address, "--json");
      const peer = JSON.parse(stdout) as { state: string; role: string; remote_role: string | null };
      return peer.state === "Established" && peer;
    }, { detail });
    assert.deepEqual([shown.role, shown.remote_role], [ours, theirs ?? null]);
  } else {
    // Whichever side finds it first.
    const found = "SELECT 1 FROM peer_events WHERE text LIKE '%Role Mismatch%'";
    await waitFor("the mismatch", () => bgpd.log.includes("Role Mismatch") || bgpd.sql(found).length > 0, {
      detail,
    });
    await waitFor("no session", async () => !await peer.established(), { detail });
    assert.deepEqual(bgpd.sql("SELECT 1 FROM peer_events WHERE kind = 'state' AND text LIKE '%> Established'"), []);
  }
}
