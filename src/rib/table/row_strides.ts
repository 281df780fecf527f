/** How many numbers a row has in which a prefix, an NLRI or an attribute set travels from the RIB to the database. */

/** id, family, w0, w1, w2, w3, length. IPv4: w0 only. */
export const prefixStride = 7;
/** id, family, offset of the key into the octets that travel beside the rows, length of the key. */
export const nlriStride = 4;
/** id, offset into the octets that travel beside the rows, length. */
export const setStride = 3;
