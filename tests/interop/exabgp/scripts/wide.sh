#!/bin/sh
# IPv6 and IPv4 in one session.
echo "announce route 2001:db8:1::/48 next-hop 2001:db8::1 community [ 65000:6 ]"
echo "announce route 2001:db8:2::/48 next-hop 2001:db8::1 med 6"
echo "announce route 198.51.100.0/24 next-hop 192.0.2.1"
echo "announce route 2001:db8:3::/48 next-hop 2001:db8::1"
echo "withdraw route 2001:db8:3::/48 next-hop 2001:db8::1"
exec cat >/dev/null
