#!/bin/sh
# What was built runs, and is what was built.
set -eu
cd "$(dirname "$0")/dist"
cksum lighthouse chart.txt | diff - CHECKSUMS
echo 'checksums agree'
./lighthouse SOS
