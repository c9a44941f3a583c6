# PID 1 of a container: in namespaces of its own (unshare), it makes a root in which the container's mounts are real
# paths, and becomes its init. What runs here may kill every process that it sees: so it refuses to go on anywhere else.
#
#   sandbox.sh <host's PID namespace> <empty directory> <working directory> <ready file> <init> [<path> <source>]... --
#     <command>...
set -eu
theirs=$PATH
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
host=$1 root=$2 dir=$3 init=$5
exec 3>"$4"
shift 5

refuse() {
  echo "sandbox: $*" >&2
  exit 125
}
[ "$$" = 1 ] || refuse "this is process $$, not the first of a namespace"
mount -t tmpfs tmpfs "$root"
mkdir "$root/proc"
mount -t proc proc "$root/proc"
[ "$(readlink "$root/proc/1/ns/pid")" != "$host" ] || refuse 'this is the namespace of the host'

paths=' /proc ' isPath=1
for word in "$@"; do
  [ "$word" != -- ] || break
  [ -z "$isPath" ] || paths="$paths$word "
  if [ "$isPath" ]; then isPath=; else isPath=1; fi
done

# Everything of the host's, but for the places where something of the container's comes.
fill() {
  for entry in "$1"/* "$1"/.[!.]*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case "$paths" in
    *" $entry "*) ;;
    *" $entry/"*) mkdir -p "$root$entry" && fill "$entry" ;;
    *) bind "$entry" "$root$entry" ;;
    esac
  done
}
bind() {
  if [ -L "$1" ]; then
    cp -P "$1" "$2"
  elif [ -d "$1" ]; then
    mkdir -p "$2"
    mount --rbind "$1" "$2"
  else
    : >"$2"
    mount --bind "$1" "$2"
  fi
}
fill ''

while [ "$1" != -- ]; do
  if [ -d "$2" ]; then
    mkdir -p "$root$1"
  else
    mkdir -p "$root${1%/*}"
    : >"$root$1"
  fi
  mount --bind "$2" "$root$1"
  shift 2
done
shift
PATH=$theirs
exec /usr/sbin/chroot "$root" /bin/sh "$init" "$dir" "$@"
