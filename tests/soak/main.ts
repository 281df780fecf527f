/**
 * `deno task soak NAME`: a trial of minutes. `deno task test` has a short version of each. A trial prints what it
 * measured and exits with 1 if a limit was exceeded. Without a name the command lists the trials.
 */
import { checkAgrees } from "../support/check_agrees.ts";
import { archivesSoak } from "./archives.ts";
import { attacksSoak } from "./attacks.ts";
import { exabgpSoak } from "./exabgp.ts";
import { keptSessionsSoak } from "./kept_sessions.ts";
import { packageSoak } from "./package.ts";
import { readersSoak } from "./readers.ts";
import { routersSoak } from "./routers.ts";
import { rpkiClassesSoak, rpkiSoak } from "./rpki.ts";
import { strangersSoak } from "./strangers.ts";

/** A trial gives what it measured, and the sentences about what was not as it should be. */
export interface Outcome {
  readonly measured: unknown;
  readonly failures: readonly string[];
}

async function checkAgreesSoak(): Promise<Outcome> {
  const { differences, ...measured } = await checkAgrees({ count: 200, realDaemons: 200 });
  return { measured, failures: differences };
}

const soaks: Readonly<Record<string, { readonly about: string; readonly run: () => Promise<Outcome> }>> = {
  archives: {
    about: "an hour of churn in MRT archives, with kills: bgpdump reads all, table and updates lead to the database",
    run: archivesSoak,
  },
  attacks: {
    about: "foreign locks, ten kinds of tampering, SIGTERM under a backlog, 100,000 announcements; four minutes",
    run: attacksSoak,
  },
  "check-agrees": {
    about: "200 configurations with one mistake each, each started by a real daemon; two minutes",
    run: checkAgreesSoak,
  },
  exabgp: {
    about: "every script that ExaBGP ships, and those after its documentation, with ExaBGP and with bgpd; two minutes",
    run: exabgpSoak,
  },
  "kept-sessions": {
    about: "BIRD, FRR, GoBGP and OpenBGPD keep their sessions under random routes, a dozen seeds; eight minutes",
    run: keptSessionsSoak,
  },
  package: {
    about: "the .deb, the tarball and the image in a clean Debian under real systemd; eight minutes, as root",
    run: packageSoak,
  },
  readers: {
    about: "readers that hang up, and fifty that do not, over a table of 800,000 routes; five minutes",
    run: readersSoak,
  },
  routers: {
    about: "BMP: a real table from FRR and GoBGP through churn, by BMP and BGP, twenty routers at once; half an hour",
    run: routersSoak,
  },
  rpki: {
    about: "a full table and real VRPs: states as plain SQL says, 2,000 changes, ingest with 500,000; five minutes",
    run: rpkiSoak,
  },
  "rpki-classes": {
    about: "BIRD, FRR and OpenBGPD say the same of the origins of 100,000 routes; two minutes",
    run: rpkiClassesSoak,
  },
  strangers: {
    about: "thousands of idle clients and half-open members with 1,024 descriptors; three minutes",
    run: strangersSoak,
  },
};

const [name] = Deno.args;
const soak = soaks[name ?? ""];
if (soak === undefined) {
  for (const [each, { about }] of Object.entries(soaks)) console.log(`deno task soak ${each}  # ${about}`);
  Deno.exit(name === undefined ? 0 : 2);
}
const { measured, failures } = await soak.run();
console.log(measured);
for (const failure of failures) console.log(`FAILED: ${failure}`);
Deno.exit(failures.length === 0 ? 0 : 1);
