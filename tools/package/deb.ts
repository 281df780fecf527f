/** The package of Debian and Ubuntu, made with dpkg-deb. */
import { join } from "node:path";
import { copyFile, filesOf, gzip, settle, writeFile } from "./files.ts";
import { type Architecture, stageProgram } from "./program.ts";
import { runProgram } from "./run.ts";
import { stageShare } from "./share.ts";

export const packageName = "bgpd-sql";

export interface PackageOptions {
  readonly root: string;
  readonly output: string;
  readonly architecture: Architecture;
  /** Of the program, from deno.json. */
  readonly version: string;
  /** Of the package: a new one for the same program. */
  readonly revision: number;
  /** The time of all files, seconds since 1970. */
  readonly epochSeconds: number;
  /** Less work, larger files. */
  readonly isFast: boolean;
  /** Contain the runtime of Deno even where one executable could be made. */
  readonly runtimeOnly: boolean;
}

/** Returns the path of the package. */
export async function buildDeb(options: PackageOptions): Promise<string> {
  const { root, output, architecture, version, revision, epochSeconds, isFast } = options;
  const tree = await Deno.makeTempDir({ prefix: "bgpd-deb-" });
  try {
    const usr = join(tree, "usr");
    const program = await stageProgram({ ...options, usr });
    await stageShare({ root, usr, program });
    const packaging = join(root, "packaging");
    for (const unit of ["bgpd.service", "bgpd-web.service"]) {
      await copyFile(join(packaging, unit), join(tree, "lib", "systemd", "system", unit));
    }
    await copyFile(join(packaging, "bgpd.sysusers"), join(usr, "lib", "sysusers.d", "bgpd.conf"));
    await copyFile(join(packaging, "bgpd.toml"), join(tree, "etc", "bgpd", "bgpd.toml"));
    const overrides = join(usr, "share", "lintian", "overrides", packageName);
    await copyFile(join(packaging, "debian", "lintian-overrides"), overrides);
    const full = `${version}-${revision}`;
    const changes = new TextEncoder().encode(changelog(full, epochSeconds));
    await writeFile(join(usr, "share", "doc", packageName, "changelog.Debian.gz"), gzip(changes));
    await writeControl({ packaging, tree, architecture, version: full });
    await settle(tree, epochSeconds);
    await Deno.mkdir(output, { recursive: true });
    const path = join(output, `${packageName}_${full}_${architecture}.deb`);
    const compression = isFast ? ["-Zgzip", "-z1"] : ["-Zxz", "-z6"];
    await runProgram("dpkg-deb", ["--root-owner-group", ...compression, "--build", tree, path], {
      env: { SOURCE_DATE_EPOCH: String(epochSeconds) },
    });
    return path;
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

interface ControlOptions {
  readonly packaging: string;
  readonly tree: string;
  readonly architecture: Architecture;
  readonly version: string;
}

async function writeControl({ packaging, tree, architecture, version }: ControlOptions): Promise<void> {
  let kibibytes = 0;
  const sums: string[] = [];
  for (const path of (await Array.fromAsync(filesOf(tree))).sort()) {
    const info = await Deno.lstat(join(tree, path));
    if (info.isSymlink) continue;
    kibibytes += Math.ceil(info.size / 1024);
    if (!path.startsWith("etc/")) sums.push(path);
  }
  const folder = join(tree, "DEBIAN");
  await writeFile(join(folder, "control"), control(architecture, version, kibibytes));
  await writeFile(join(folder, "conffiles"), "/etc/bgpd/bgpd.toml\n");
  await writeFile(join(folder, "md5sums"), await runProgram("md5sum", sums, { cwd: tree }));
  for (const script of ["postinst", "prerm", "postrm"]) {
    await copyFile(join(packaging, "debian", script), join(folder, script));
    await Deno.chmod(join(folder, script), 0o755);
  }
}

function control(architecture: Architecture, version: string, kibibytes: number): string {
  return `Package: ${packageName}
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer()}
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.27), libgcc-s1, systemd | systemd-standalone-sysusers | systemd-sysusers
Recommends: ca-certificates
Suggests: sqlite3
Section: net
Priority: optional
Description: BGP speaker whose routing table is a SQLite database
 bgpd collects routes from BGP peers, selects and explains the best ones, and
 stores all of them, with their history, in a database that any SQLite client
 reads. It serves as a route collector, looking glass, route server, route
 reflector and route injector.
 .
 The installation starts nothing: change /etc/bgpd/bgpd.toml, then run
 "systemctl enable --now bgpd".
 .
 The package can stand beside openbgpd and frr, which have a bgpd of their own
 in other folders; "bgpd-sql" always names this one.
`;
}

/** Whoever builds the package, as the tools of Debian take it. */
function maintainer(): string {
  const name = Deno.env.get("DEBFULLNAME") ?? "the bgpd authors";
  return `${name} <${Deno.env.get("DEBEMAIL") ?? "bgpd@localhost"}>`;
}

function changelog(version: string, epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000).toUTCString().replace("GMT", "+0000");
  return `${packageName} (${version}) unstable; urgency=medium

  * The changes of bgpd stand in changelog.gz.

 -- ${maintainer()}  ${date}
`;
}
