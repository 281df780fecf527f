/**
 * fast-check for all tests, with a seed that stays: a gate says the same of the same tree twice. BGPD_SEED=random looks
 * elsewhere, BGPD_SEED=N repeats what such a run found.
 */

import fc from "fast-check";

const wanted = Deno.env.get("BGPD_SEED");
if (wanted !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted ?? 4271) });

export default fc;
