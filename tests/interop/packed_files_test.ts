/**
 * What `gzip -t` and `bzip2 -t` say of real archives, cut, damaged and lengthened at random, is what we say; and what these
 * programs get out of them is what we get, or a beginning of it.
 */
import assert from "node:assert/strict";
import { PackedFile } from "../../src/control/mrt/unpack/packed_file.ts";
import { findProgram } from "../support/process.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";

const cases = [
  { file: "mrt/rrc15.updates.20100227.1610.gz", program: "gzip" },
  { file: "mrt/ripe-bgpdump.bview.ipv6_unicast_add_path.gz", program: "gzip" },
  { file: "mrt/routeviews.route-views.jinx.updates.1427846400.bz2", program: "bzip2" },
];

async function ours(path: string): Promise<{ octets: number; refused: boolean }> {
  let octets = 0;
  try {
    for await (const chunk of new PackedFile(path).chunks()) octets += chunk.length;
    return { octets, refused: false };
  } catch {
    return { octets, refused: true };
  }
}

for (const { file, program } of cases) {
  const path = findProgram(program);
  Deno.test({
    name: `${program} -t and we refuse the same copies of ${file}`,
    ignore: path === undefined || !hasShared("packed files", file),
    async fn() {
      const sound = Deno.readFileSync(sharedPath(file));
      const folder = await Deno.makeTempDir({ prefix: "bgpd-packed-" });
      const copy = `${folder}/copy`;
      let seed = 1;
      const random = (below: number) => {
        seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
        return (seed >>> 8) % below;
      };
      try {
        for (let i = 0; i < 60; i++) {
          let bytes: Uint8Array = sound.slice();
          const kind = i % 4;
          if (kind === 1) bytes = bytes.subarray(0, random(bytes.length));
          else if (kind === 2) bytes[10 + random(bytes.length - 10)]! ^= 1 << random(8);
          else if (kind === 3) {
            bytes = Uint8Array.from([...bytes, ...bytes.subarray(0, random(2) * random(bytes.length))]);
          }
          Deno.writeFileSync(copy, bytes);
          const theirs = new Deno.Command(path!, {
            args: ["-dc"],
            stdin: "piped",
            stdout: "piped",
            stderr: "null",
          });
          const child = theirs.spawn();
          const writer = child.stdin.getWriter();
          writer.write(bytes).then(() => writer.close()).catch(() => {});
          const { success, stdout } = await child.output();
          const found = await ours(copy);
          // What is empty is no packed file, nor is one whose first octets are gone.
          if (bytes.length < 3) continue;
          assert.equal(found.refused, !success, `${file}, copy ${i}`);
          // Behind a flipped bit gzip may go on with octets that it made up.
          if (kind !== 2) {
            assert.ok(found.octets >= stdout.length, `${file}, copy ${i}: ${found.octets} of ${stdout.length}`);
          }
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
