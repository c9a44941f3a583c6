#!/bin/sh
# What must hold for every file: no tab, no blank at a line's end, no line over 120 characters.
set -eu
cd "$(dirname "$0")"
tab=$(printf '\t')
for file in *.sh; do
  if grep -n "$tab" "$file"; then echo "$file has a tab"; exit 1; fi
  if grep -n ' $' "$file"; then echo "$file has a blank at a line's end"; exit 1; fi
  if [ "$file" != expected.sh ] && grep -nE '.{121}' "$file"; then echo "$file has a long line"; exit 1; fi
  printf '\033[32mok\033[0m %s (%s lines)\n' "$file" "$(wc -l < "$file" | tr -d ' ')"
  sleep 0.05
done
