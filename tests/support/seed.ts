/**
 * The seed of whatever draws lots in a gate: one that stays, so that a gate says the same of the same tree twice.
 * BGPD_SEED=random looks elsewhere, BGPD_SEED=N repeats what such a run found.
 */
const wanted = Deno.env.get("BGPD_SEED") ?? "4271";

export const seed = wanted === "random" ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(wanted);
