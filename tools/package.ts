/**
 * `deno task package`: writes the packages of bgpd into build/: a .deb, a tarball and the files of a container image.
 * Without options: all three for this machine.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildDeb, type PackageOptions } from "./package/deb.ts";
import { buildImage } from "./package/image.ts";
import { type Architecture, architectures, hostArchitecture } from "./package/program.ts";
import { runProgram } from "./package/run.ts";
import { buildTarball } from "./package/tarball.ts";

const usage = `deno task package [--deb] [--tarball] [--image] [--arch amd64|arm64] [--output FOLDER] [--revision N]
                  [--base IMAGE] [--fast] [--runtime]
  --deb, --tarball, --image  only these (default: all)
  --base IMAGE               the base of the image (default: docker.io/library/debian:bookworm-slim)
  --fast                     less compression: seconds instead of a minute
  --runtime                  with the runtime of Deno, even where one executable could be made
SOURCE_DATE_EPOCH sets the time of all files; otherwise it is the time of the last commit.`;

/** The time of all files, so that two builds of one commit give the same octets. */
async function epoch(root: string): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  try {
    return Number((await runProgram("git", ["log", "-1", "--format=%ct"], { cwd: root })).trim());
  } catch {
    return Math.floor(Date.now() / 1000);
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      deb: { type: "boolean" },
      tarball: { type: "boolean" },
      image: { type: "boolean" },
      base: { type: "string" },
      arch: { type: "string", default: hostArchitecture },
      output: { type: "string" },
      revision: { type: "string", default: "1" },
      fast: { type: "boolean", default: false },
      runtime: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const architecture = architectures.find((name): name is Architecture => name === values.arch);
  if (architecture === undefined) throw new Error(`--arch ${values.arch}: use ${architectures.join(" or ")}`);
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { version } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const options: PackageOptions = {
    root,
    output: values.output ?? join(root, "build"),
    architecture,
    version,
    revision: Number(values.revision),
    epochSeconds: await epoch(root),
    isFast: values.fast,
    runtimeOnly: values.runtime,
  };
  const isAll = values.deb !== true && values.tarball !== true && values.image !== true;
  if (isAll || values.deb === true) console.log(await buildDeb(options));
  if (isAll || values.tarball === true) console.log(await buildTarball(options));
  if (isAll || values.image === true) console.log(await buildImage({ ...options, base: values.base }));
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(`package: ${error instanceof Error ? error.message : error}\n\n${usage}`);
    Deno.exit(1);
  }
}
