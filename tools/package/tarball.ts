/** The tarball for every other Linux: bin/, lib/ and share/, which work under any folder, and INSTALL.md. */
import { join } from "node:path";
import type { PackageOptions } from "./deb.ts";
import { copyFile, settle } from "./files.ts";
import { stageProgram } from "./program.ts";
import { runProgram } from "./run.ts";
import { stageShare } from "./share.ts";

/** Returns the path of the tarball. */
export async function buildTarball(options: PackageOptions): Promise<string> {
  const { root, output, architecture, version, epochSeconds, isFast } = options;
  const work = await Deno.makeTempDir({ prefix: "bgpd-tarball-" });
  const name = `bgpd-${version}-linux-${architecture}`;
  const tree = join(work, name);
  try {
    const program = await stageProgram({ ...options, usr: tree });
    await stageShare({ root, usr: tree, program });
    const packaging = join(root, "packaging");
    for (const unit of ["bgpd.service", "bgpd-web.service"]) {
      await copyFile(join(packaging, unit), join(tree, "lib", "systemd", "system", unit));
    }
    await copyFile(join(packaging, "bgpd.sysusers"), join(tree, "lib", "sysusers.d", "bgpd.conf"));
    await copyFile(join(packaging, "bgpd.toml"), join(tree, "share", "doc", "bgpd-sql", "bgpd.toml"));
    await copyFile(join(packaging, "INSTALL.md"), join(tree, "INSTALL.md"));
    await settle(tree, epochSeconds);
    await Deno.mkdir(output, { recursive: true });
    const path = join(output, `${name}.tar.gz`);
    const order = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"];
    const packer = isFast ? "gzip -n -1" : "gzip -n -9";
    await runProgram("tar", [...order, "--use-compress-program", packer, "-cf", path, "-C", work, name]);
    return path;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
