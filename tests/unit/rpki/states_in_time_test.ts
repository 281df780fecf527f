/** From the octets of a cache to the state of a route, in virtual time. */
import assert from "node:assert/strict";
import {
  defaultTiming,
  encodePdu,
  originStateNames,
  type Pdu,
  type PduBody,
  RpkiCaches,
  RpkiData,
  Slurm,
} from "../../../src/rpki/mod.ts";
import { endOfData, response, vrp as vrpPdu } from "../../support/rtr_rig.ts";
import { prefix, vrp } from "./vrp_model.ts";

/** One cache, and every state that a route to 10.0.0.0/24 of AS 1 has had. */
class Lab {
  now = 0;
  readonly states: string[] = [];
  readonly data = new RpkiData({ vrp: () => {}, aspa: () => {} });
  readonly caches = new RpkiCaches(this.data.caches);
  readonly cache = this.caches.add({ version: 2, timing: defaultTiming, mostRecords: 100, preference: 1 });

  constructor() {
    this.caches.tick(0);
    this.#look();
  }

  send(...bodies: PduBody[]): this {
    for (const body of bodies) {
      const bytes = encodePdu({ version: 2, ...body } as Pdu);
      this.caches.handle(this.cache, { kind: "octets", bytes }, this.now);
      this.#look();
    }
    return this;
  }

  connect(): this {
    this.caches.handle(this.cache, { kind: "connected" }, this.now);
    return this;
  }

  lose(): this {
    this.caches.handle(this.cache, { kind: "closed", reason: "end of stream" }, this.now);
    this.#look();
    return this;
  }

  pass(seconds: number): this {
    const until = this.now + seconds * 1000;
    for (let next = this.caches.nextDeadline; next !== undefined && next <= until; next = this.caches.nextDeadline) {
      this.now = Math.max(this.now, next);
      this.caches.tick(this.now);
      this.#look();
      // Whoever dials the cache finds nobody.
      if (this.caches.view(this.cache).state === "connecting") {
        this.caches.handle(this.cache, { kind: "connectFailed", reason: "connection refused" }, this.now);
      }
    }
    this.now = until;
    return this;
  }

  #look(): void {
    const state = originStateNames[this.data.vrps.validate(prefix("10.0.0.0/24"), 1)]!;
    if (state !== this.states.at(-1)) this.states.push(state);
  }
}

Deno.test("a state changes at End of Data, not before: no route is invalid while its own VRP is on the way", () => {
  const lab = new Lab().connect();
  lab.send(response(), vrpPdu("+10.0.0.0/16-16 2"));
  assert.deepEqual(lab.states, ["not-found"]);
  lab.send(vrpPdu("+10.0.0.0/24-24 1"), endOfData(1));
  assert.deepEqual(lab.states, ["not-found", "valid"]);
});

Deno.test("RFC 8210 §6: a lost cache changes no state until its data expire; then nothing covers the route", () => {
  const lab = new Lab().connect().send(response(), vrpPdu("+10.0.0.0/24-24 1"), endOfData(1));
  lab.lose().pass(7000);
  assert.deepEqual(lab.states, ["not-found", "valid"]);
  lab.pass(400);
  assert.deepEqual(lab.states, ["not-found", "valid", "not-found"]);
});

Deno.test("RFC 8416 §4.1: exceptions that change apply to what the caches have said, and give it back", () => {
  const lab = new Lab().connect().send(response(), vrpPdu("+10.0.0.0/24-24 2"), endOfData(1));
  const { data, caches, cache } = lab;
  const state = () => originStateNames[data.vrps.validate(prefix("10.0.0.0/24"), 1)];
  const announceAll = () => caches.forEachVrp(cache, data.caches.announce);
  assert.equal(state(), "invalid");
  const slurm = new Slurm();
  slurm.addPrefixFilter(prefix("10.0.0.0/8"), 2);
  data.replaceExceptions(slurm, announceAll);
  assert.equal(state(), "not-found");
  slurm.addVrp(vrp("10.0.0.0/24 1"));
  data.replaceExceptions(slurm, announceAll);
  assert.equal(state(), "valid");
  data.replaceExceptions(new Slurm(), announceAll);
  assert.equal(state(), "invalid");
});
