#!/bin/sh
# Every attribute that the documentation of routes has for unicast.
echo "announce route 198.51.100.0/24 next-hop 192.0.2.1 origin egp as-path [ 64500 64501 ] med 5 local-preference 300"
echo "announce route 198.51.101.0/24 next-hop 192.0.2.1 community [ 65000:1 no-export 0x00010002 ] large-community [ 1:2:3 4:5:6 ]"
echo "announce route 198.51.102.0/24 next-hop 192.0.2.1 extended-community [ target:65000:1 origin:65000:2 0x0002FDE800000003 ]"
echo "announce route 198.51.103.0/24 next-hop 192.0.2.1 attribute [ 0x04 0x80 0x00000064 ]"
echo "announce route 198.51.104.0/22 next-hop 192.0.2.1 split /24"
echo "announce attributes next-hop 192.0.2.1 community [ 65000:9 ] nlri 203.0.113.0/25 203.0.113.128/25"
exec cat >/dev/null
