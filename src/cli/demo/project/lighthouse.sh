#!/bin/sh
# lighthouse.sh TEXT: the light signals of a text, in Morse code. A line a letter: its name, its code, its light.
set -eu

code() {
  case $1 in
    a) echo '.-' ;;   b) echo '-...' ;; c) echo '-.-.' ;; d) echo '-..' ;;
    e) echo '.' ;;    f) echo '..-.' ;; g) echo '--.' ;;  h) echo '....' ;;
    i) echo '..' ;;   j) echo '.---' ;; k) echo '-.-' ;;  l) echo '.-..' ;;
    m) echo '--' ;;   n) echo '-.' ;;   o) echo '---' ;;  p) echo '.--.' ;;
    q) echo '--.-' ;; r) echo '.-.' ;;  s) echo '...' ;;  t) echo '-' ;;
    u) echo '..-' ;;  v) echo '...-' ;; w) echo '.--' ;;  x) echo '-..-' ;;
    y) echo '-.--' ;; z) echo '--..' ;;
    0) echo '-----' ;; 1) echo '.----' ;; 2) echo '..---' ;; 3) echo '...--' ;; 4) echo '....-' ;;
    5) echo '.....' ;; 6) echo '-....' ;; 7) echo '--...' ;; 8) echo '---..' ;; 9) echo '----.' ;;
    *) return 1 ;;
  esac
}

text=$(printf %s "${1:?say what to signal}" | tr 'A-Z' 'a-z')
while [ -n "$text" ]; do
  rest=${text#?}
  letter=${text%"$rest"}
  text=$rest
  if [ "$letter" = ' ' ]; then echo; continue; fi
  signal=$(code "$letter") || { echo "lighthouse: nobody signals “$letter”" >&2; exit 2; }
  printf '%s  %-6s %s\n' "$letter" "$signal" "$(printf %s "$signal" | sed 's/\./▪ /g; s/-/▬▬ /g')"
done
