/** The image of bgpd, built by buildah on a base of this machine, and run as its Dockerfile says. */
import { buildPackagesWith } from "../support/packages.ts";
import { Process, run } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";

/** `base`: the folder of a Debian. Returns what was measured; throws where a step fails. */
export async function tryImage(folder: string, base: string): Promise<Record<string, unknown>> {
  const store = `${folder}/images`;
  await Deno.mkdir(store);
  await Deno.writeTextFile(
    `${store}/storage.conf`,
    `[storage]\ndriver = "vfs"\ngraphroot = "${store}/graph"\nrunroot = "${store}/run"\n`,
  );
  const env = { CONTAINERS_STORAGE_CONF: `${store}/storage.conf`, BUILDAH_ISOLATION: "chroot" };
  const buildah = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("buildah", args, { env });
    if (code !== 0) throw new Error(`buildah ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const tar = await run("tar", [
    "--exclude=./proc/*",
    "--exclude=./sys/*",
    "-cf",
    `${store}/base.tar`,
    "-C",
    base,
    ".",
  ]);
  if (tar.code !== 0) throw new Error(tar.stderr);
  await Deno.writeTextFile(`${store}/Dockerfile`, "FROM scratch\nADD base.tar /\n");
  await buildah("build", "-t", "localhost/base", store);
  const [name] = await buildPackagesWith(env, `${folder}/image`, "--image", "--base", "localhost/base");
  if (name?.startsWith("bgpd:") !== true) throw new Error(`no image was built: ${name}`);
  const { Docker: { config } } = JSON.parse(await buildah("inspect", "--type", "image", name));
  const container = await buildah("from", "--pull-never", name);
  // A network of its own: the daemon listens on all addresses.
  const daemon = new Process("unshare", {
    args: ["--net", "sh", "-ec", `ip link set lo up\nexec buildah run ${container} -- bgpd /etc/bgpd/bgpd.toml`],
    env,
  });
  try {
    await daemon.waitForLine(/listening on \[::\]:1179/);
    const check: string[] = config.Healthcheck.Test.slice(1);
    await waitFor("a healthy container", async () => (await buildah("run", container, "--", ...check), true));
    const user = await buildah("run", container, "--", "id", "-un");
    return { name, user, check: check.join(" "), volumes: Object.keys(config.Volumes) };
  } finally {
    daemon.signal("SIGTERM");
    await daemon.end();
    await run("buildah", ["rm", "--all"], { env });
  }
}
