#!/bin/sh
# Puts dist/ where this environment's lighthouse stands, by one rename.
set -eu
cd "$(dirname "$0")"
echo "deploying $PERIPLUS_EXECUTION_ID to $TARGET"
rm -rf "$TARGET.new"
mkdir -p "$TARGET.new"
cp dist/* "$TARGET.new/"
rm -rf "$TARGET"
mv "$TARGET.new" "$TARGET"
ls -l "$TARGET"
