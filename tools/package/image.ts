/** The container image: the folder that its Dockerfile needs, and the image itself where docker or buildah work. */
import { join } from "node:path";
import type { PackageOptions } from "./deb.ts";
import { copyFile, settle } from "./files.ts";
import { stageProgram } from "./program.ts";
import { runProgram } from "./run.ts";
import { stageShare } from "./share.ts";

/** Returns the name of the image, or the path of the folder where nothing here can build it. */
export async function buildImage(options: PackageOptions): Promise<string> {
  const { root, output, version, epochSeconds } = options;
  const context = join(output, "image");
  await Deno.remove(context, { recursive: true }).catch(() => undefined);
  const usr = join(context, "usr");
  const program = await stageProgram({ ...options, usr });
  await stageShare({ root, usr, program });
  const source = join(root, "packaging", "container");
  await copyFile(join(source, "bgpd.toml"), join(context, "etc", "bgpd", "bgpd.toml"));
  await copyFile(join(source, "Dockerfile"), join(context, "Dockerfile"));
  await settle(context, epochSeconds);
  const name = `bgpd:${version}`;
  for (const [builder, args] of [["docker", ["build"]], ["buildah", ["build"]]] as const) {
    try {
      await runProgram(builder, [...args, "--platform", `linux/${options.architecture}`, "-t", name, context]);
      return name;
    } catch {
      // It is not here, its daemon does not run, or the base image cannot be fetched: the folder is the result.
    }
  }
  return context;
}
