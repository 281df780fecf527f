/**
 * `bgpd mrt replay` to other daemons, as an internal and as an external peer: they keep the session and hold every
 * route.
 */
import assert from "node:assert/strict";
import { encodeRecord } from "../../src/mrt/mod.ts";
import { bgpdPath, ensureBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { type Endpoint, missingPrograms, peerKinds, peersRequired, startPeer } from "./peers/mod.ts";

const asn = 65009;
const routes = 10;
/** Our AS towards {@link asn}. The paths of the file begin with AS 65050. */
const sessions: Readonly<Record<string, number>> = {
  "an internal peer (rfc4271#5.1.5)": asn,
  "an external peer of the file's AS": 65050,
  "an external peer of another AS (rfc4271#5.1.2)": 65051,
};

/** A table of one peer, as an eBGP collector writes it: nobody gave LOCAL_PREF. */
function table(): Uint8Array {
  const octets = (text: string) => Uint8Array.fromHex(text.replaceAll(" ", ""));
  const records = [encodeRecord(1e12, 13, 1, octets("0a000001 0000 0001 02 c0000232 c0000232 0000fe1a"))];
  for (let i = 0; i < routes; i++) {
    const attributes = "40010100 40020a 0202 0000fe1a 0000fbf" + i + " 400304 c0000232";
    const length = octets(attributes).length.toString(16).padStart(4, "0");
    const entry = `0000 3b9aca00 ${length} ${attributes}`;
    records.push(encodeRecord(1e12, 13, 2, octets(`0000000${i} 1c cb0071${i.toString(16)}0 0001 ${entry}`)));
  }
  return Uint8Array.from(records.flatMap((record) => [...record]));
}

for (const kind of peerKinds.filter(({ title }) => title !== "ExaBGP")) {
  for (const [what, ourAsn] of Object.entries(sessions)) {
    const missing = missingPrograms(kind.programs);
    const title = `${kind.title} as ${what} has every route of a replay`;
    const ignore = missing.length > 0 && !peersRequired;
    if (ignore) console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);
    Deno.test({ name: title, ignore, fn: () => replay(kind, ourAsn) });
  }
}

async function replay(kind: typeof peerKinds[number], ourAsn: number): Promise<void> {
  await ensureBgpd();
  const remote = (number: number): Endpoint => {
    const address = loopback();
    return { address, port: freePort(address), asn: number };
  };
  const [ours, theirs] = [remote(ourAsn), remote(asn)];
  const file = await Deno.makeTempFile({ prefix: "bgpd-replay-", suffix: ".mrt" });
  await Deno.writeFile(file, table());
  await using peer = await startPeer(kind, {
    local: theirs,
    remote: ours,
    routerId: "10.0.0.2",
    passive: true,
    routes: [],
  });
  const to = `${theirs.address}:${theirs.port}`;
  const args = ["mrt", "replay", file, "--to", to, "--from", ours.address, "--as", String(ours.asn), "--stay"];
  const sender = new Process(bgpdPath, { args });
  try {
    const received = await waitFor("all routes", async () => {
      const known = (await peer.received()).filter(({ prefix }) => prefix.startsWith("203.0.113."));
      return known.length === routes ? known : undefined;
    }, { detail: () => `${sender.log()}\n${peer.log}` });
    const first = ourAsn === asn ? 65050 : ourAsn;
    for (const { prefix, asPath } of received) assert.ok(asPath.startsWith(`${first} `), `${prefix}: ${asPath}`);
    await sender.waitForLine(new RegExp(`^sent ${routes} routes`));
  } finally {
    sender.signal("SIGINT");
    assert.equal(await sender.end(), 0);
    await Deno.remove(file);
  }
}
