/**
 * The seed of all random tests. It is the same in every run, so that two runs of the same tree give the same result.
 * BGPD_SEED=random tries other inputs; BGPD_SEED=N repeats a run.
 */
const wanted = Deno.env.get("BGPD_SEED") ?? "4271";

export const seed = wanted === "random" ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(wanted);
