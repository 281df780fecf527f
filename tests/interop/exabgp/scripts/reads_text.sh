#!/bin/sh
# Announces a route as soon as the text says that another one arrived.
while read -r word peer direction what event prefix rest; do
    if [ "$word $direction $what $event" = "neighbor receive update announced" ]; then
        echo "neighbor $peer announce route 198.51.100.0/24 next-hop 192.0.2.1 med ${#prefix}"
    fi
done
