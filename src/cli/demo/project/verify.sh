#!/bin/sh
# The lighthouse that stands there signals.
set -eu
for word in hello sailor; do
  echo "$word:"
  "$TARGET/lighthouse" "$word"
  sleep 0.2
done
