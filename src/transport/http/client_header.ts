/**
 * The header of a request that says who asks, for the log of changes. Over a Unix socket commands send it. Over TCP
 * bgpd writes the address of the client into it, whatever the client sent.
 */
export const clientHeader = "x-bgpd-client";
