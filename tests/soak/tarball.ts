/** The tarball, installed in a clean root with the commands of its INSTALL.md, and removed as that page says. */
import { basename } from "node:path";
import type { CleanRoot } from "../support/clean_root.ts";
import { projectFolder } from "../support/packages.ts";

/** `path`: the tarball inside the root. Throws where a command fails. */
export async function tryTarball(root: CleanRoot, path: string): Promise<void> {
  const page = await Deno.readTextFile(`${projectFolder}packaging/INSTALL.md`);
  const blocks = [...page.matchAll(/^```\n([^]*?)^```$/gm)].map(([, text]) => text!);
  if (blocks.length !== 2) throw new Error("packaging/INSTALL.md has other blocks than before");
  const name = basename(path);
  await root.sh(`cd /root && set -e\n${blocks[0]!.replace("bgpd-VERSION-linux-ARCH.tar.gz", name)}`);
  await root.sh("cd / && /usr/local/bin/bgpd check");
  await root.sh(`cd / && export PATH=/usr/local/bin:$PATH && set -e\n${blocks[1]}`);
  if (await root.property("bgpd", "ActiveState") !== "active") throw new Error("bgpd of the tarball does not run");
  const removal = [
    "systemctl disable --now bgpd",
    "rm -r /usr/local/bin/bgpd /usr/local/bin/bgpd-sql /usr/local/lib/bgpd-sql /etc/systemd/system/bgpd.service",
    "rm -r /usr/local/lib/systemd /usr/local/lib/sysusers.d",
    "rm -r /usr/local/share/doc/bgpd-sql /usr/local/share/man/man?/bgpd*",
    "rm -r /usr/local/share/bash-completion /usr/local/share/zsh /usr/local/share/fish /etc/bgpd /var/lib/bgpd",
    "userdel bgpd",
    "systemctl daemon-reload",
  ];
  await root.sh(removal.join(" && "));
}
