/** The selected peers of a file, and other peers of the database. */
import assert from "node:assert/strict";
import { mrtCommand } from "../../../../src/control/cli/mrt/mrt.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { attributes, octets, peerIndexTable, record, u16, u32 } from "../../mrt/bytes.ts";
import { fakeIo } from "../cli/fake_io.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [mrtCommand] };

/** A table with one route, 192.0.2.0/24, of the peer with this number. */
function tableOf(peer: number): Uint8Array {
  const path = attributes(4);
  const entry = octets(u16(peer), u32(0), u16(path.length), path);
  return octets(peerIndexTable, record(13, 2, octets(u32(0), "18 c00002", u16(1), entry)));
}

async function withFolder(
  work: (
    mrt: (line: string) => Promise<{ code: number; messages: readonly string[] }>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-mrt-peers-" });
  try {
    await Deno.writeFile(`${folder}/first`, tableOf(0));
    await Deno.writeFile(`${folder}/second`, tableOf(1));
    await work(async (line) => {
      const io = fakeIo();
      const args = line.split(" ").map((word) => word.replace("/", `${folder}/`));
      const code = await runProgram(info, ["mrt", ...args], io);
      return { code, messages: io.messages.map((each) => each.replaceAll(`${folder}/`, "/")) };
    }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("--peer of a peer that the file does not have: one sentence, exit code 1, no database", () =>
  withFolder(async (mrt, folder) => {
    for (const line of ["show /first --peer 192.0.2.7", "import /first -d /new.db --peer 192.0.2.7"]) {
      const { code, messages } = await mrt(line);
      assert.equal(code, 1);
      assert.deepEqual(messages, ["bgpd: /first has no peer 192.0.2.7; bgpd mrt show --peers lists all peers"]);
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["first", "second"]);
    assert.equal((await mrt("show /first --peer 192.0.2.9")).code, 0);
  }));

Deno.test("an import reports that routes of other peers are not compared", () =>
  withFolder(async (mrt) => {
    assert.deepEqual((await mrt("import /first -d /new.db")).messages.at(-1), "/new.db: 1 route of 1 peer");
    assert.deepEqual((await mrt("import /first -d /new.db")).messages.at(-1), "/new.db: 1 route of 1 peer");
    const { code, messages } = await mrt("import /second -d /new.db");
    assert.equal(code, 0);
    assert.equal(
      messages.at(-1),
      "/new.db: 1 other peer of this database: their routes stay, but were not compared with the imported ones",
    );
  }));
