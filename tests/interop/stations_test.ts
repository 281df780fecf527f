/**
 * BMP to stations and to programs on the host: what they get is what the database has, over all kinds of NLRI, and what
 * pmbmpd and tshark read of it.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { allFamilies, familyByName } from "../../src/types/mod.ts";
import { capabilities, families, ofKinds, updates } from "../support/all_kinds.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process, run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { StationModel } from "../support/station_model.ts";
import { UpdateTable } from "../support/update_table.ts";
import { testContext } from "../support/update_view.ts";
import { waitFor } from "../support/wait.ts";
import { canRun } from "./star.ts";

/** A station of the tests. */
class TestStation implements Disposable {
  readonly address = loopback();
  readonly port = freePort(this.address);
  model = new StationModel();
  octets: Uint8Array[] = [];
  connections = 0;
  readonly #listener = Deno.listen({ hostname: this.address, port: this.port });
  #conn: Deno.Conn | undefined;

  constructor() {
    void this.#serve();
  }

  async #serve(): Promise<void> {
    for await (const conn of this.#listener) {
      this.connections++;
      this.#conn = conn;
      this.model = new StationModel();
      this.octets = [];
      void read(conn, (bytes) => {
        this.octets.push(bytes);
        this.model.read(bytes);
      });
    }
  }

  hangUp(): void {
    this.#conn?.close();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    try {
      this.#conn?.close();
    } catch {
      // It is closed already.
    }
  }
}

async function read(conn: Deno.Conn, take: (bytes: Uint8Array) => void): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await conn.read(buffer).catch(() => null);
    if (count === null) return;
    take(buffer.slice(0, count));
  }
}

/** A program that follows the live stream. */
async function follow(bgpd: Bgpd, line: string): Promise<{ model: StationModel; text: () => string; close(): void }> {
  const conn = await Deno.connect({ transport: "unix", path: `${bgpd.database}.live.sock` });
  await conn.write(new TextEncoder().encode(`${line}\n`));
  const model = new StationModel();
  let text = "";
  void read(conn, (bytes) => {
    if (bytes[0] === 3) model.read(bytes);
    else text += new TextDecoder().decode(bytes);
  });
  return { model, text: () => text, close: () => conn.close() };
}

/** A table of the database, as {@link UpdateTable.lines}. */
function rows(bgpd: Bgpd, condition: string, set: "received" | "effective" = "effective", path = "path_id"): string[] {
  const id = set === "received" ? "coalesce(received_id, attribute_id)" : "attribute_id";
  return bgpd.sql(
    `SELECT f.name AS family, coalesce(p.prefix, n.nlri) AS destination, ${path} AS path, a.wire AS wire
     FROM routes JOIN attributes a ON a.id = ${id}
     LEFT JOIN prefixes p ON p.id = prefix_id LEFT JOIN nlri n ON n.id = prefix_id
     JOIN families f ON f.id = coalesce(p.family, n.family)
     JOIN peers ON peers.id = peer_id WHERE ${condition}`,
  ).map(({ family, destination, path, wire }) => `${family} ${destination} ${path} ${(wire as Uint8Array).join(".")}`)
    .sort();
}

const isBest = "EXISTS (SELECT 1 FROM best b WHERE b.prefix_id = routes.prefix_id AND b.peer_id = routes.peer_id" +
  " AND b.path_id = routes.path_id)";

interface Lab extends AsyncDisposable {
  readonly bgpd: Bgpd;
  readonly station: TestStation;
  /** iBGP, all families. */
  readonly all: ScriptedPeer;
  /** iBGP, and sends several paths of IPv4 routes. */
  readonly paths: ScriptedPeer;
  readonly addresses: { readonly all: string; readonly paths: string };
}

async function lab(more = ""): Promise<Lab> {
  const address = loopback(), port = freePort(address), station = new TestStation();
  const addresses = { all: loopback(), paths: loopback() };
  const peer = (name: "all" | "paths", keys: string) =>
    `[[peers]]
name = "${name}"
remote_ip = "${addresses[name]}"
remote_as = 65000
passive = true
route_reflector_client = true
export = "all"
flowspec_validation = false
families = ${JSON.stringify(families.map(({ name }) => name))}
${keys}
`;
  const config = `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${address}:${port}"
${peer("all", "")}${peer("paths", 'add_path = "receive"')}
[[stations]]
address = "${station.address}:${station.port}"
name = "noc"
monitor = ["adj-in", "adj-in-post", "adj-out-post", "loc"]
mirror = true
statistics = 1
retry = 1
${more}`;
  const bgpd = await startBgpd({ config });
  const options = { address, port, asn: 65000, keepaliveMs: 1000 };
  const all = await ScriptedPeer.connect({ ...options, local: addresses.all, capabilities: capabilities() });
  const paths = await ScriptedPeer.connect({
    ...options,
    local: addresses.paths,
    routerId: 0x0a000003,
    capabilities: capabilities({ send: true }),
  });
  return {
    bgpd,
    station,
    all,
    paths,
    addresses,
    async [Symbol.asyncDispose]() {
      all.close();
      paths.close();
      await bgpd[Symbol.asyncDispose]();
      station[Symbol.dispose]();
    },
  };
}

/** What the database has of a peer is what the model has of it. */
async function same(what: string, { bgpd, addresses, all, paths }: Lab, model: () => StationModel): Promise<void> {
  for (const name of ["all", "paths"] as const) {
    const peer = `peers.name = '${name}'`, at = addresses[name];
    await equal(`${what}: adj-in of ${name}`, () => model().routes(`${at} adj-in`), () => rows(bgpd, peer, "received"));
    await equal(
      `${what}: adj-in-post of ${name}`,
      () => model().routes(`${at} adj-in-post`),
      () => rows(bgpd, `${peer} AND ineligible = 0`),
    );
    const sent = () => advertised(name === "all" ? all : paths);
    await equal(`${what}: adj-out-post of ${name}`, () => model().routes(`${at} adj-out-post`), sent);
  }
  const best = () => rows(bgpd, `${isBest} AND peer_id > 0`, "effective", "-1");
  await equal(`${what}: loc`, () => model().routes("loc"), best);
  assert.deepEqual(model().skipped, []);
}

async function equal(what: string, one: () => string[], other: () => string[]): Promise<void> {
  await waitFor(what, () => JSON.stringify(one()) === JSON.stringify(other()), {
    timeoutMs: 10_000,
    detail: () => `${one().join("\n")}\n  ≠\n${other().join("\n")}`,
  });
}

/** What the peer was sent. */
function advertised({ received }: ScriptedPeer): string[] {
  const table = new UpdateTable();
  const context = testContext({ families: allFamilies });
  for (const { type, bytes } of received) if (type === MessageType.update) table.apply(bytes, context);
  return table.lines;
}

Deno.test("stations and programs get the tables of the database and their changes, for all kinds of NLRI", async () => {
  await using live = await lab();
  const { bgpd, station, all, paths } = live;
  all.write(updates(ofKinds, {}));
  paths.write(updates([["ipv4 unicast", "10.1.0.0/16"], ["ipv4 unicast", "10.9.0.0/16"]], { med: 1 }, 1));
  paths.write(updates([["ipv4 unicast", "10.9.0.0/16"]], { med: 2 }, 2));
  await waitFor("the routes in the database", () => rows(bgpd, "1").length === ofKinds.length + 3);
  await same("a station that was there", live, () => station.model);

  const late = await follow(bgpd, "");
  const changes = await follow(bgpd, "monitor=adj-in,loc&dump=false");
  const some = await follow(bgpd, "monitor=adj-in&peers=all&families=ipv4-vpn,evpn");
  await same("a program that comes late", live, () => late.model);
  await waitFor("two families of a peer", () => some.model.routes(`${live.addresses.all} adj-in`).length === 3);
  assert.deepEqual([...some.model.tables.keys()], [`${live.addresses.all} adj-in`]);

  all.write(updates(ofKinds.slice(0, 8), { med: 7 }));
  all.write(updates(ofKinds.slice(10), "withdraw"));
  paths.write(updates([["ipv4 unicast", "10.9.0.0/16"]], "withdraw", 2));
  await waitFor("the changes in the database", () => rows(bgpd, "1").length === ofKinds.length + 3 - 7);
  await same("a station, after changes", live, () => station.model);
  await same("a program, after changes", live, () => late.model);
  assert.equal(changes.model.routes(`${live.addresses.all} adj-in`).length, 8);

  station.hangUp();
  await waitFor("another connection", () => station.connections === 2);
  await same("a station that came back", live, () => station.model);

  const wrong = await follow(bgpd, "monitor=rib");
  await waitFor("the reason", () => /^unknown table rib: the tables are/.test(wrong.text()));
  for (const each of [late, changes, some]) each.close();
});

Deno.test("stations get malformed messages, statistics, and why sessions end; a reload adds stations", async () => {
  await using live = await lab();
  const { bgpd, station, all, paths } = live;
  all.write(updates([["ipv4 unicast", "10.1.0.0/16"], ["ipv4 unicast", "10.2.0.0/16"]], {}));
  const malformed = updates([["ipv4 unicast", "10.1.0.0/16"]], {});
  malformed[malformed.indexOf(0x40, 19) + 3] = 9;
  all.write(malformed);
  await waitFor("the malformed message", () => station.model.mirrored.length === 1);
  assert.deepEqual(station.model.mirrored, [malformed]);
  await same("treated as withdrawn", live, () => station.model);
  assert.equal(rows(bgpd, "1").length, 1);
  const address = live.addresses.all;
  await waitFor("statistics", () => station.model.statistics.get(address)?.get("11") === 1n);
  assert.equal(station.model.statistics.get(address)?.get("7"), 1n);

  paths.close();
  await waitFor("Peer Down, closed by the peer", () => station.model.downs.length === 1);
  await bgpd.command("peer", "disable", "all");
  await waitFor("Peer Down, a NOTIFICATION of ours", () => station.model.downs.length === 2);
  assert.deepEqual(station.model.downs, [4, 1]);
  await waitFor("no best routes", () => station.model.routes("loc").length === 0);

  const path = `${bgpd.folder}/bgpd.toml`, text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.slice(0, text.indexOf("[[stations]]")));
  assert.equal((await bgpd.command("reload")).code, 0);
  await waitFor("a Termination", () => station.model.ended !== undefined);
  await Deno.writeTextFile(path, text);
  assert.equal((await bgpd.command("reload")).code, 0);
  await waitFor("a connection again", () => station.connections === 2 && station.model.up.has("loc"));
});

const canRead = canRun("tshark and pmbmpd read what stations get", [], "tshark", "pmbmpd");

Deno.test({
  name: "tshark decodes every message to a station; pmbmpd has the routes of the database",
  ignore: !canRead,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "bgpd-pmbmpd-" });
    const address = loopback(), port = freePort(address);
    await Deno.writeTextFile(
      `${folder}/pmbmpd.conf`,
      `bmp_daemon_ip: ${address}\nbmp_daemon_port: ${port}\nbmp_daemon_msglog_file: ${folder}/log.json\n` +
        "bmp_daemon_msglog_output: json\n",
    );
    const pmbmpd = new Process("pmbmpd", { args: ["-f", `${folder}/pmbmpd.conf`] });
    await using live = await lab(
      `[[stations]]\naddress = "${address}:${port}"\nmonitor = ["adj-in", "adj-in-post", "loc"]\nretry = 1\n`,
    );
    const { bgpd, station, all, paths } = live;
    all.write(updates(ofKinds, {}));
    paths.write(updates([["ipv4 unicast", "10.9.0.0/16"]], { med: 1 }, 1));
    await same("the station", live, () => station.model);
    all.write(updates(ofKinds.slice(0, 1), "withdraw"));
    await waitFor("the withdrawal", () => rows(bgpd, "1").length === ofKinds.length);
    await same("the station", live, () => station.model);

    const theirs = async () => pmbmpdTables(await Deno.readTextFile(`${folder}/log.json`).catch(() => ""));
    for (const [table, condition] of [["adj-in", "1"], ["adj-in-post", "1"], ["loc", isBest]] as const) {
      await waitFor(`${table} of pmbmpd`, async () => {
        assert.deepEqual((await theirs()).get(table), ofPmbmpd(bgpd, condition, table === "loc"));
        return true;
      }, { timeoutMs: 20_000 });
    }
    assert.equal(await tsharkComplaints(station.octets, folder), 0);
    const octets = Uint8Array.from(station.octets.flatMap((part) => [...part]));
    // An ORIGIN of nine octets.
    octets[octets.findIndex((octet, at) => octet === 0x40 && octets[at + 1] === 1 && octets[at + 2] === 1) + 2] = 9;
    assert.ok(await tsharkComplaints([octets], folder) > 0, "tshark sees what is malformed");
    pmbmpd.signal("SIGKILL");
    await pmbmpd.end();
    await Deno.remove(folder, { recursive: true });
  },
});

/** The tables that the log of pmbmpd leads to, by the RIB kind: lines `afi safi prefix path next hop`. */
function pmbmpdTables(log: string): Map<string, string[]> {
  const tables = new Map<string, Map<string, string>>();
  for (const line of log.split("\n").filter((each) => each.endsWith("}"))) {
    const { log_type: type, ip_prefix: prefix, afi, safi, peer_ip: peer, as_path_id: path, ...rest } = JSON.parse(line);
    if (prefix === undefined) continue;
    const kind = rest.is_loc === 1 ? "loc" : rest.is_post === 1 ? "adj-in-post" : "adj-in";
    const table = tables.get(kind) ?? new Map<string, string>();
    tables.set(kind, table);
    const key = `${peer} ${afi}/${safi} ${rest.rd ?? ""} ${prefix} ${path ?? -1}`;
    if (type === "withdraw") table.delete(key);
    else table.set(key, `${afi}/${safi} ${prefix} ${path ?? -1} ${rest.bgp_nexthop} ${rest.local_pref} ${rest.med}`);
  }
  return new Map([...tables].map(([kind, routes]) => [kind, [...routes.values()].sort()]));
}

/** The same of the database, for the families that pmbmpd decodes. */
function ofPmbmpd(bgpd: Bgpd, condition: string, isLoc: boolean): string[] {
  return bgpd.sql(
    `SELECT f.name AS family, coalesce(p.prefix, n.prefix) AS prefix, path_id, a.next_hop, a.local_pref,
       a.med FROM routes JOIN attributes a ON a.id = attribute_id
     LEFT JOIN prefixes p ON p.id = prefix_id LEFT JOIN nlri n ON n.id = prefix_id
     JOIN families f ON f.id = coalesce(p.family, n.family)
     WHERE f.name IN ('ipv4 unicast', 'ipv6 unicast', 'ipv4 labeled', 'ipv6 labeled', 'ipv4 vpn', 'ipv6 vpn')
     AND ${condition}`,
  ).map(({ family, prefix, path_id: path, next_hop: hop, local_pref: pref, med }) => {
    const { afi, safi } = familyByName(String(family))!;
    return `${afi}/${safi} ${prefix} ${isLoc ? -1 : path} ${hop} ${pref ?? undefined} ${med ?? undefined}`;
  }).sort();
}

/** How many messages tshark calls malformed. */
async function tsharkComplaints(parts: readonly Uint8Array[], folder: string): Promise<number> {
  const hex = parts.flatMap((part) => [...part]).map((octet, at) =>
    (at % 16 === 0 ? `\n${at.toString(16).padStart(6, "0")}` : "") + ` ${octet.toString(16).padStart(2, "0")}`
  ).join("");
  await Deno.writeTextFile(`${folder}/bmp.hex`, `${hex.trimStart()}\n`);
  await run("text2pcap", ["-q", "-T", "40000,11019", `${folder}/bmp.hex`, `${folder}/bmp.pcap`]);
  const { stdout } = await run("tshark", ["-r", `${folder}/bmp.pcap`, "-d", "tcp.port==11019,bmp", "-V"]);
  assert.ok(stdout.includes("BGP Monitoring Protocol, Type Route Monitoring"));
  return stdout.split("\n").filter((line) => /^\[Malformed Packet|Expert Info \((Error|Warning)/.test(line)).length;
}
