/**
 * Integers that name one kind of thing each. They are types only: at run time each is a plain number. A number becomes
 * an id where the thing is made, or where it is read from the database or a message (`value as PeerId`); from then on
 * the compiler keeps a set's slot from being passed where a prefix's slot belongs.
 */

declare const idOf: unique symbol;
type Id<Thing extends string> = number & { readonly [idOf]: Thing };

/** A peer, in the database and in messages between threads. */
export type PeerId = Id<"peer">;
/** A prefix of any family in the database. */
export type PrefixId = Id<"prefix">;
/** An attribute set in the database. */
export type SetId = Id<"attribute set">;

/** A prefix in the columns of its family. */
export type PrefixSlot = Id<"slot of a prefix">;
/** An attribute set in the columns of the RIB. */
export type SetSlot = Id<"slot of an attribute set">;
/** A path identifier of ADD-PATH (RFC 7911 §3), unsigned, as received or as sent; -1 where a route has none. */
export type PathId = Id<"path">;
