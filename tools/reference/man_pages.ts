/** The man pages: what stands around the parts that are made from the source. */

import type { ProgramInfo } from "../../src/control/mod.ts";
import { commandBlocks } from "./commands.ts";
import { type Block, chapter, code, definitions, paragraph } from "./document.ts";
import { configurationBlocks } from "./configuration.ts";
import { exitCodes, files, signals, variables } from "./environment.ts";
import { toRoff } from "./roff.ts";
import { questionBlocks, schemaBlocks } from "./sql.ts";

/** The day on which the texts of the pages were last revised. */
const date = "2026-11-30";

interface Page {
  readonly name: string;
  readonly section: number;
  /** One line for the chapter NAME. */
  readonly about: string;
  readonly title: string;
  readonly seeAlso: string;
  readonly blocks: readonly Block[];
}

function manPage({ name, section, about, title, seeAlso, blocks }: Page, version: string): string {
  return toRoff({
    name,
    section,
    about,
    date,
    source: `bgpd ${version}`,
    title,
    blocks: [...blocks, chapter("See also"), paragraph(seeAlso)],
  });
}

export function commandManPage(program: ProgramInfo): string {
  return manPage({
    name: "bgpd",
    section: 1,
    about: "a BGP speaker whose routing table is a SQLite database",
    title: "Commands",
    seeAlso: "`bgpd.toml(5)`, `bgpd-sql(7)`, `sqlite3(1)`",
    blocks: [
      chapter("Synopsis"),
      code("", "bgpd [OPTIONS] CONFIG\nbgpd COMMAND [OPTIONS] [ARGUMENTS]\nbgpd help COMMAND"),
      chapter("Description"),
      ...description,
      chapter("Commands"),
      ...commandBlocks(program),
      chapter("Exit status"),
      ...definitions(["code", "meaning"], exitCodes),
      chapter("Signals"),
      ...definitions(["signal", "what the daemon does"], signals),
      chapter("Environment"),
      ...definitions(["variable", "meaning"], variables),
      chapter("Files"),
      ...definitions(["file", "meaning"], files),
      chapter("Examples"),
      paragraph("Check a configuration, run the daemon with it, and ask in a second terminal:"),
      code("sh", "bgpd check bgpd.toml\nbgpd bgpd.toml\nbgpd show peers\nbgpd show routes 192.0.2.7"),
      paragraph("Announce a route to every peer whose export policy accepts it, and withdraw it:"),
      code("sh", "bgpd announce 203.0.113.0/24 next-hop self\nbgpd withdraw 203.0.113.0/24"),
      paragraph("Ask in SQL, also while bgpd is stopped:"),
      code("sh", `sqlite3 -cmd '.timeout 5000' bgpd.db "SELECT prefix, as_path FROM rib"`),
    ],
  }, program.version);
}

const description: readonly Block[] = [
  paragraph(
    "`bgpd` receives the routes that its peers announce, selects the best route of each prefix, explains the" +
      " selection, and stores everything in a SQLite database, which any SQLite client reads while the daemon runs." +
      " It announces the routes of its configuration, of `bgpd announce` and of the table `announcements`; learned" +
      " routes go to a peer only if the key `export` of the peer says so. It does not change the routing table of the" +
      " kernel.",
  ),
  paragraph(
    "`bgpd CONFIG` runs the daemon in the foreground. The other commands read the database, with and without a" +
      " running daemon, or ask the daemon over a Unix socket beside the database. Results go to standard output," +
      " messages to standard error. `--json` prints JSON.",
  ),
  paragraph(
    "A command finds the database by `--database`, or by the configuration that `--config` names. Without both, it" +
      " takes the configuration of the variable `BGPD_CONFIG`, then `bgpd.db` in the current folder, then the" +
      " configuration `/etc/bgpd/bgpd.toml`.",
  ),
  paragraph(
    "Packages install the program also under the name `bgpd-sql`, because the daemons of OpenBGPD and FRR are called" +
      " `bgpd`, too.",
  ),
];

export function configurationManPage(version: string): string {
  return manPage({
    name: "bgpd.toml",
    section: 5,
    about: "the configuration of bgpd",
    title: "File formats",
    seeAlso: "`bgpd(1)`, `bgpd-sql(7)`",
    blocks: [
      chapter("Description"),
      paragraph(
        "The configuration is one file in TOML, or several files that the key `include` names. `bgpd check CONFIG`" +
          " prints every mistake with its line. A key that is not listed here is an error.",
      ),
      paragraph(
        "`bgpd reload`, or the signal SIGHUP, reads the configuration again. For each key, this page says what a new" +
          " value costs. A configuration with mistakes changes nothing.",
      ),
      paragraph(
        "AS numbers may be written as `65546` or as `1.10`. Families are `ipv4 unicast`, `ipv6 unicast`," +
          " `ipv4 multicast` and `ipv6 multicast`. The paths of `include` are relative to the folder of their file," +
          " all others to the current folder of the daemon.",
      ),
      chapter("Example"),
      code("toml", shortConfiguration),
      chapter("Keys"),
      ...configurationBlocks(),
      chapter("Files"),
      ...definitions(["file", "meaning"], files),
    ],
  }, version);
}

/** A test checks it. */
export const shortConfiguration = `router_id = "192.0.2.1"
default_as = 64500
bgp_socket = ["0.0.0.0:179", "[::]:179"]
database = "/var/lib/bgpd/bgpd.db"

[[groups]]
name = "transit"
hold_timer = 180
max_prefixes = 1500000

[[peers]]
description = "transit A"
group = "transit"
remote_ip = "198.51.100.1"
remote_as = 64496

[[peers.static_routes]]
prefix = "203.0.113.0/24"`;

/** `questions`: the text of examples/queries.sql. */
export function sqlManPage(questions: string, version: string): string {
  return manPage({
    name: "bgpd-sql",
    section: 7,
    about: "the database of bgpd: views, tables and questions",
    title: "Miscellaneous",
    seeAlso: "`bgpd(1)`, `bgpd.toml(5)`, `sqlite3(1)`",
    blocks: [
      chapter("Synopsis"),
      code("sh", "sqlite3 -cmd '.timeout 5000' bgpd.db QUERY\nbgpd sql QUERY"),
      chapter("Description"),
      paragraph(
        "The database of bgpd is a file of SQLite, which any SQLite client from version 3.40 on reads, whether bgpd" +
          " runs or not. bgpd decides in memory and writes what changed, usually within a tenth of a second; the" +
          " column `lag` of `peer_status` says whether changes wait. Readers do not delay the daemon.",
      ),
      ...schemaBlocks(),
      ...questionBlocks(questions),
    ],
  }, version);
}
