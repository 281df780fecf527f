#!/usr/bin/env python3
"""Mitigates attacks as they come and go: FlowSpec rules and blackholes."""
import sys
import time


def command(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def rule(victim, port, action):
    return (
        "flow route { match { destination %s/32; protocol udp; source-port [ =%d ]; fragment [ is-fragment ]; } "
        "then { %s; } }" % (victim, port, action)
    )


command("announce " + rule("203.0.113.1", 53, "discard"))
command("announce " + rule("203.0.113.2", 123, "rate-limit 9600"))
command("announce " + rule("203.0.113.3", 1900, "redirect 65000:666"))
command("announce flow route { match { destination 203.0.113.4/32; tcp-flags [ syn ]; packet-length [ >60&<100 ]; } then { discard; } }")
command("announce route 203.0.113.5/32 next-hop 192.0.2.66 community [ 65535:666 ]")
time.sleep(2)
command("withdraw " + rule("203.0.113.1", 53, "discard"))
command("withdraw route 203.0.113.5/32 next-hop 192.0.2.66 community [ 65535:666 ]")
sys.stdin.read()
