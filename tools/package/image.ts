/** The container image: the folder that its Dockerfile needs, and the image itself where docker or buildah work. */
import { join } from "node:path";
import type { PackageOptions } from "./deb.ts";
import { copyFile, settle } from "./files.ts";
import { stageProgram } from "./program.ts";
import { runProgram } from "./run.ts";
import { stageShare } from "./share.ts";

export interface ImageOptions extends PackageOptions {
  /** Another base than that of the Dockerfile, for example from a registry of your own. */
  readonly base?: string | undefined;
}

/** Returns the name of the image, or the path of the folder where nothing here can build it. */
export async function buildImage(options: ImageOptions): Promise<string> {
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
  const base = options.base === undefined ? [] : ["--build-arg", `BASE=${options.base}`];
  // The format of OCI has no health check.
  for (const [builder, format] of [["docker", []], ["buildah", ["--format", "docker"]]] as const) {
    try {
      const platform = `linux/${options.architecture}`;
      await runProgram(builder, ["build", ...format, ...base, "--platform", platform, "-t", name, context]);
      return name;
    } catch (error) {
      // It is not here, its daemon does not run, or the base cannot be fetched: the folder is the result.
      const [, reason] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
      console.error(`package: ${builder} builds no image: ${reason ?? "it is not installed"}`);
    }
  }
  return context;
}
