/** A record that breaks its format. `decoder.ts` catches it and reports a fault. */
export class MrtError extends Error {}

/** A record of a kind that is not supported; all of one kind have the same message. `decoder.ts` catches it, too. */
export class MrtNotSupported extends Error {}
