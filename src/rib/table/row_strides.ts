/** Rows of prefixes and of attribute sets on their way to the database and back: how many numbers each has. */

/** id, family, w0, w1, w2, w3, length (IPv4: w0 only). */
export const prefixStride = 7;
/** id, offset into the octets that travel beside the rows, length. */
export const setStride = 3;
