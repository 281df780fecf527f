#!/bin/sh
# A route changes its attributes, goes, and comes back.
echo "announce route 198.51.100.0/24 next-hop 192.0.2.1 med 1"
sleep 1
echo "announce route 198.51.100.0/24 next-hop 192.0.2.1 med 2"
sleep 1
echo "withdraw route 198.51.100.0/24 next-hop 192.0.2.1"
sleep 1
echo "announce route 198.51.100.0/24 next-hop 192.0.2.2 med 3"
exec cat >/dev/null
