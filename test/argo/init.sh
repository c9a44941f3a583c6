# Argo's emissary in little: starts a command in a process group of its own, hands SIGTERM on to that group, and ends with
# its code. Whatever else runs in the container ends with it.
#
#   init.sh <working directory> <command>...
child= asked=
trap 'asked=1; [ -z "$child" ] || kill -TERM "-$child" 2>/dev/null' TERM
cd "$1" || exit 126
shift
setsid "$@" &
child=$!
[ -z "$asked" ] || kill -TERM "-$child" 2>/dev/null
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
# What `wait` said may be the signal that interrupted it; of a child that it has told the end of it knows nothing more.
wait "$child" 2>/dev/null
again=$?
[ "$again" = 127 ] || code=$again
exit "$code"
