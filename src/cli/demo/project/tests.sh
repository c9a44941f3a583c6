#!/bin/sh
# Every letter and digit, and what must be refused: one line a test.
set -eu
cd "$(dirname "$0")"
. ./expected.sh
passed=0
green=$(printf '\033[32m'); red=$(printf '\033[31m'); grey=$(printf '\033[90m'); plain=$(printf '\033[0m')

check() { # NAME WANTED GOT
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    echo "  ${green}✓${plain} $1 ${grey}$3${plain}"
  else
    echo "  ${red}✗ $1: wanted “$2”, got “$3”${plain}"
    exit 1
  fi
  sleep 0.02
}

signals() { sh ./lighthouse.sh "$1" | awk '{ print $2 }' | tr '\n' ' ' | sed 's/ $//'; }

echo '::group::letters'
for pair in $LETTERS; do check "letter ${pair%%=*}" "${pair#*=}" "$(signals "${pair%%=*}")"; done
echo '::endgroup::'
echo '::group::capitals'
for pair in $LETTERS; do
  capital=$(printf %s "${pair%%=*}" | tr 'a-z' 'A-Z')
  check "capital $capital" "${pair#*=}" "$(signals "$capital")"
done
echo '::endgroup::'
echo '::group::digits'
for pair in $DIGITS; do check "digit ${pair%%=*}" "${pair#*=}" "$(signals "${pair%%=*}")"; done
echo '::endgroup::'
echo '::group::words'
check 'SOS' '... --- ...' "$(signals SOS)"
check 'Pharos' '.--. .... .- .-. --- ...' "$(signals Pharos)"
check 'periplus' '.--. . .-. .. .--. .-.. ..- ...' "$(signals periplus)"
for sign in '!' '?' '@'; do
  if sh ./lighthouse.sh "$sign" 2> /dev/null; then check "refuses $sign" refused signalled; fi
  check "refuses $sign" refused refused
done
echo '::endgroup::'
echo "${green}$passed tests passed.${plain}"
