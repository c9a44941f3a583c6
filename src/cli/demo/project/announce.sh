#!/bin/sh
set -eu
printf '\033[1;33m☼\033[0m %s is lit, from commit %.7s.\n' "$PERIPLUS_EXECUTION_ID" "$PERIPLUS_GIT_SHA"
