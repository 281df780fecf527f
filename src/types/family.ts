/**
 * Address families: a pair of AFI and SAFI (RFC 4760 §3), each with a small dense `id` that stands in routing tables,
 * bit masks and the database. Ids are part of the database schema: append, never renumber.
 */

/** One row of the family table. */
export interface Family {
  /**
   * Dense number, 1 to 31: index into {@link families} tables, bit in a {@link FamilyMask}, `family` in the database.
   */
  readonly id: FamilyId;
  readonly afi: number;
  readonly safi: number;
  /** The text form in configuration, commands and JSON. */
  readonly name: string;
  /** Length of an address of this family in octets. */
  readonly addressBytes: 4 | 16;
}

export type FamilyId = 1 | 2 | 3 | 4;

/** A set of families: bit `1 << id` for each. */
export type FamilyMask = number;

/** A value for each of some families. */
export type ByFamily<T> = { [id in FamilyId]?: T };

export const IPV4_UNICAST: FamilyId = 1;
export const IPV6_UNICAST: FamilyId = 2;

/** Every family this speaker can carry. */
export const families: readonly Family[] = [
  { id: IPV4_UNICAST, afi: 1, safi: 1, name: "ipv4 unicast", addressBytes: 4 },
  { id: IPV6_UNICAST, afi: 2, safi: 1, name: "ipv6 unicast", addressBytes: 16 },
  { id: 3, afi: 1, safi: 2, name: "ipv4 multicast", addressBytes: 4 },
  { id: 4, afi: 2, safi: 2, name: "ipv6 multicast", addressBytes: 16 },
];

/** By AFI and SAFI of 16 bits each: RFC 8950 §4 has a SAFI of two octets. */
const byCode = new Map(families.map((row) => [(row.afi << 16) | row.safi, row]));
/** By id: {@link familyOf} and the questions below are one look-up each. */
const byId: readonly (Family | undefined)[] = [undefined, ...families];

/** The family with this id. Throws where there is none: ids are chosen by this program. */
export function familyOf(id: FamilyId): Family {
  const row = byId[id];
  if (row === undefined) throw new RangeError(`no family has id ${id}`);
  return row;
}

/** True for the id of a family. */
export function isFamilyId(id: number): id is FamilyId {
  return byId[id] !== undefined;
}

/** A number from the database, or the key of an object, as a family id. Throws where no family has it. */
export function asFamilyId(id: number | string): FamilyId {
  return familyOf(Number(id) as FamilyId).id;
}

/** Prefixes of the family are IPv4 prefixes (AFI 1). */
export function isIpv4(id: FamilyId): boolean {
  return familyOf(id).afi === 1;
}

/** Routes of the family are for forwarding to single destinations (SAFI 1). */
export function isUnicast(id: FamilyId): boolean {
  return familyOf(id).safi === 1;
}

/** The family of an AFI/SAFI pair from the wire, or `undefined` where this speaker does not carry it. */
export function familyByCode(afi: number, safi: number): Family | undefined {
  return byCode.get((afi << 16) | safi);
}

/** The family with this name, e.g. `"ipv6 unicast"`. */
export function familyByName(name: string): Family | undefined {
  return families.find((row) => row.name === name);
}

/** The families that have a value, with the value, ascending by id. */
export function familyEntries<T>(byFamily: Readonly<ByFamily<T>>): [FamilyId, T][] {
  return Object.entries(byFamily).map(([id, value]) => [asFamilyId(id), value as T]);
}

/** The inverse of {@link familyEntries}. */
export function byFamily<T>(entries: Iterable<readonly [FamilyId, T]>): ByFamily<T> {
  return Object.fromEntries(entries);
}

/** All families of the table. */
export const allFamilies: FamilyMask = familyMask(families.map(({ id }) => id));

/** All families of IPv4 prefixes. */
export const ipv4Families: FamilyMask = familyMask(families.map(({ id }) => id).filter(isIpv4));

export function familyMask(ids: Iterable<FamilyId>): FamilyMask {
  let mask = 0;
  for (const id of ids) mask |= 1 << id;
  return mask;
}

export function maskHas(mask: FamilyMask, id: FamilyId): boolean {
  return (mask & (1 << id)) !== 0;
}

/** The ids in a mask, ascending. */
export function maskIds(mask: FamilyMask): FamilyId[] {
  return families.filter((row) => maskHas(mask, row.id)).map((row) => row.id);
}
