/**
 * What to check where there is no session, by the reason that the log, the database and `show peer` name. One table for
 * all of them: the reasons come from the sockets, from the OPENs and from NOTIFICATIONs.
 */

/** `$1` in the advice is the first group of the pattern. */
type Row = readonly [reason: RegExp, advice: string];

/** The first row that matches counts. */
const rows: readonly Row[] = [
  // Connections.
  [
    /TCP-MD5 key is not the one in/,
    "compare the TCP-MD5 key on both sides; bgpd doctor counts the segments that the kernel dropped because of it",
  ],
  [
    /did not answer (in time|within)/,
    "check its address, and that no firewall drops TCP port 179; a peer that expects a TCP-MD5 key does not answer " +
    "without one (password_file), and with ttl_security neither side answers from farther away",
  ],
  [
    /refused the connection$/,
    "check that its BGP daemon runs and listens on that address and port (dest_port), and that no firewall rejects it",
  ],
  [/no route to it$/, "check the link, and the route with: ip route get ADDRESS"],
  [
    /(\S+) is not an address of this machine$/,
    "set local_ip to an address that `ip address` lists, or add $1 to an interface",
  ],
  [/there is no network interface/, "list the interfaces with: ip link"],
  [/is reached from \S+, not from/, "set local_ip to the address that the kernel uses, or remove local_ip"],
  [/one is IPv4, the other IPv6/, "set local_ip of the same family as remote_ip, or remove local_ip"],
  [/no local port is free/, "see who has so many connections: ss -tn"],
  [/: permission denied/, "a firewall rule of this machine forbids the connection: nft list ruleset"],
  [
    /ended in (Connect|Active|OpenSent|OpenConfirm): (connection closed by the peer|.* reset the connection)/,
    "the peer gives no reason: check that it has our address and AS as a peer, and read its log",
  ],
  [
    /sent nothing until the HoldTimer expired/,
    "something accepts connections there and does not speak BGP: check the address, and that the daemon is not hung",
  ],
  [/another neighbour has connected/, "add a peer with remote_ip for each neighbour on that link"],

  // What an OPEN says, found by us.
  [
    /the peer says AS (\d+), remote_as is \d+/,
    "set remote_as = $1, or ask the peer to use the AS that you expect",
  ],
  [/role = "[^"]*" is for eBGP peers/, "remove role, or set remote_as"],
  [/has our router id/, "give this speaker or the peer another router_id"],
  [/the peer speaks none of/, "compare families here with the families of the peer"],
  [/announces no role/, "ask the peer for its role, or remove role_strict"],
  [
    /Role Mismatch|the peer says it is .* our role is/,
    "the roles of both sides must be provider and customer, rs and rs-client, or peer and peer",
  ],

  // NOTIFICATIONs. First those that we send.
  [/over max prefixes/, "if the prefixes are right, raise max_prefixes; start the session with: bgpd peer enable PEER"],
  [/sent (NOTIFICATION )?UPDATE Message Error/, "the event in `bgpd show peer PEER` has the message; tell the peer"],
  [/sent (NOTIFICATION )?Cease/, ""],
  [/Cease \/ Maximum Number of Prefixes/, "we announce more than the peer accepts: check export, or ask for more room"],
  [/Cease \/ Administrative Shutdown/, "the operator of the peer has shut the session down: ask there"],
  [/Cease \/ Peer De-configured/, "the peer has removed us from its configuration: ask there"],
  [/Cease \/ (Administrative Reset|Other Configuration Change|Connection Collision)/, ""],
  [
    /Cease \/ Connection Rejected/,
    "the peer does not accept us: check that it has our address and AS as a peer, and that the peer is enabled there",
  ],
  [/Cease \/ Out of Resources/, "the peer lacks memory, or allows no further session: ask there"],
  [/Cease \/ BFD Down/, "BFD of the peer saw the path fail: check the link"],
  [/Cease/, "the peer ended the session on purpose: its log says why"],
  [
    /Bad Peer AS/,
    "the peer expects another AS of us: compare local_as or default_as here with remote-as there",
  ],
  [/Bad BGP Identifier/, "both sides need different router ids: compare router_id here with that of the peer"],
  [/Unacceptable Hold Time/, "the peer refuses our hold time: set another hold_timer"],
  [
    /Unsupported (Capability|Optional Parameter)/,
    "the peer wants other capabilities or families: compare families and add_path on both sides",
  ],
  [/Authentication Failure/, "compare the TCP-MD5 key on both sides (password_file)"],
  [/Unsupported Version Number/, "the peer does not speak BGP version 4"],
  [/OPEN Message Error/, "the peer does not accept our OPEN: its log says why"],
  [
    /Send ?Hold ?Timer ?Expired|send hold timer expired|SendHoldTimer expired/i,
    "the peer does not read: it is overloaded, or large packets do not pass (MTU)",
  ],
  [
    /Hold Timer Expired|hold timer expired/i,
    "no message came through in the hold time: check for packet loss, a small MTU on the path, and load on both sides",
  ],
  [/UPDATE Message Error/, "the peer refuses a route of ours: its log names it; bgpd show advertised PEER lists them"],
  [/Message Header Error/, "what answers there sends something that is not BGP: check the address and the port"],
  [
    /Finite State Machine Error/,
    "the two sides do not agree on the state: reset the session with bgpd peer reset PEER",
  ],

  // The end of a session.
  [
    /connection closed by the peer|reset the connection|lost the connection|did not answer/,
    "the peer or a device on the path ended the connection: read the log of the peer",
  ],
];

/** What to check or to change; `undefined`: nothing, or the reason itself says it. */
export function adviceOn(reason: string): string | undefined {
  for (const [pattern, advice] of rows) {
    const found = pattern.exec(reason);
    if (found !== null) return advice === "" ? undefined : advice.replace("$1", found[1] ?? "");
  }
  return undefined;
}

/** The reason with the advice behind it. */
export function withAdvice(reason: string): string {
  const advice = adviceOn(reason);
  return advice === undefined ? reason : `${reason}; ${advice}`;
}
