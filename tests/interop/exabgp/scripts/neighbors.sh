#!/bin/sh
# Commands for certain neighbors; a name that nobody has is an error, and the script goes on.
echo "neighbor 127.0.0.1 announce route 198.51.100.0/24 next-hop 192.0.2.1"
echo "neighbor 127.0.0.1 local-as 1 peer-as 1 announce route 198.51.101.0/24 next-hop 192.0.2.1"
echo "neighbor 192.0.2.99 announce route 198.51.102.0/24 next-hop 192.0.2.1"
echo "neighbor 127.0.0.1 peer-as 2 announce route 198.51.103.0/24 next-hop 192.0.2.1"
echo "announce route 198.51.104.0/24 next-hop 192.0.2.1"
echo "neighbor 127.0.0.1 withdraw route 198.51.104.0/24 next-hop 192.0.2.1"
echo "withdraw route 198.51.100.0/24"
exec cat >/dev/null
