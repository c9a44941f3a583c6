# Argo's emissary in little: starts a command in a process group of its own, hands SIGTERM on to that group, and ends with
# its code. Whatever else runs in the container ends with it. A signal to the first process of a namespace is lost until
# it listens: that it does it says on descriptor 3.
#
#   init.sh <working directory> <command>...
child= asked=
# Its group is there a moment later than itself; before that, it may not heed a signal.
pass_on() {
  tries=0
  until kill -TERM "-$child" 2>/dev/null || [ "$tries" = 100 ]; do
    tries=$((tries + 1))
    sleep 0.01
  done
}
trap 'asked=1; [ -z "$child" ] || pass_on' TERM
cd "$1" || exit 126
shift
setsid "$@" 3>&- &
child=$!
echo >&3
exec 3>&-
[ -z "$asked" ] || pass_on
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
