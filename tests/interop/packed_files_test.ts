/**
 * `gzip -dc`, `bzip2 -dc` and bgpd refuse the same packed files: archives that are cut, damaged or lengthened at
 * random. What these programs unpack, bgpd unpacks, too. The archives are made from the project's own MRT files; files
 * of other collectors are added where `../shared/data` is at hand.
 */
import assert from "node:assert/strict";
import { PackedFile } from "../../src/control/mrt/unpack/packed_file.ts";
import { tableDumpV2, updates } from "../support/mrt/files.ts";
import { findProgram } from "../support/process.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";

interface Archive {
  readonly name: string;
  readonly program: string;
  /** The packed file, whole. */
  bytes(): Promise<Uint8Array>;
}

function packed(program: string, { name, bytes }: { readonly name: string; readonly bytes: Uint8Array }): Archive {
  return { name, program, bytes: async () => (await filter(program, ["-c"], bytes)).stdout };
}

function shared(program: string, file: string): Archive[] {
  return hasShared("packed files", file) ? [{ name: file, program, bytes: () => Deno.readFile(sharedPath(file)) }] : [];
}

const archives: readonly Archive[] = [
  packed("gzip", updates({ asnBytes: 4, addPath: false })),
  packed("gzip", tableDumpV2({ isV6: true, isMulticast: false, addPath: true })),
  packed("bzip2", updates({ asnBytes: 2, addPath: true })),
  ...shared("gzip", "mrt/rrc15.updates.20100227.1610.gz"),
  ...shared("gzip", "mrt/ripe-bgpdump.bview.ipv6_unicast_add_path.gz"),
  ...shared("bzip2", "mrt/routeviews.route-views.jinx.updates.1427846400.bz2"),
];
const required = Deno.env.get("BGPD_REQUIRE_PEERS") === "1";

/** Sends octets through a program. */
async function filter(
  program: string,
  args: string[],
  bytes: Uint8Array,
): Promise<{ success: boolean; stdout: Uint8Array }> {
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
  const writer = child.stdin.getWriter();
  // A program that refuses its input early closes the pipe.
  writer.write(bytes).then(() => writer.close()).catch(() => {});
  return await child.output();
}

async function ours(path: string): Promise<{ octets: number; refused: boolean }> {
  let octets = 0;
  try {
    for await (const chunk of new PackedFile(path).chunks()) octets += chunk.length;
    return { octets, refused: false };
  } catch {
    return { octets, refused: true };
  }
}

/** Copy `i`: sound, cut, with a flipped bit, or with more octets behind it. */
function copyOf(sound: Uint8Array, i: number, random: (below: number) => number): Uint8Array {
  switch (i % 4) {
    case 1:
      return sound.slice(0, random(sound.length));
    case 2: {
      const flipped = sound.slice();
      flipped[10 + random(flipped.length - 10)]! ^= 1 << random(8);
      return flipped;
    }
    case 3:
      return Uint8Array.from([...sound, ...sound.subarray(0, random(2) * random(sound.length))]);
    default:
      return sound;
  }
}

for (const { name, program, bytes } of archives) {
  Deno.test({
    name: `${program} and bgpd refuse the same copies of ${name}`,
    ignore: findProgram(program) === undefined && !required,
    async fn() {
      const sound = await bytes();
      assert.ok(sound.length > 500, `${sound.length} octets`);
      const folder = await Deno.makeTempDir({ prefix: "bgpd-packed-" });
      let seed = 1;
      const random = (below: number) => {
        seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
        return (seed >>> 8) % below;
      };
      const outcomes = new Set<boolean>();
      try {
        for (let i = 0; i < 60; i++) {
          const copy = copyOf(sound, i, random);
          // An empty file is not a packed one, nor is a file without its first octets.
          if (copy.length < 3) continue;
          await Deno.writeFile(`${folder}/copy`, copy);
          const { success, stdout } = await filter(program, ["-dc"], copy);
          const found = await ours(`${folder}/copy`);
          outcomes.add(found.refused);
          assert.equal(found.refused, !success, `copy ${i}`);
          // Behind a flipped bit gzip may go on with octets that it made up.
          if (i % 4 !== 2) assert.ok(found.octets >= stdout.length, `copy ${i}: ${found.octets} of ${stdout.length}`);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
      assert.equal(outcomes.size, 2, "some copies are refused, others are not");
    },
  });
}
