# Runs one stage in its container, in busybox ash, dash and bash: waits for its turn, heeds timeout, retries and SIGTERM,
# and says what happens in marks; wrapper.ts has the protocol. Comments and indentation are taken off before it is sent.
#
# Its variables begin with __: one that is in the script's environment too would reach the script changed. Traps may run
# between any two commands, so that whatever they do with variables of the loop in `others` they do in a subshell.

__nonce=$1 __dir=$2 __me=$3 __before=$4 __last=$5 __passes=$6 __limit=$7 __grace=$8 __retries=$9
shift 9
__file=$1 __reports=$2 __term= __job= __setsid=
shift 2

say() { printf '\036%s %s\n' "$__nonce" "$*"; }

nap() { sleep 0.1 || [ "$__term" ] || sleep 1; }

# Counts, and sends a signal to, every process but the container's first, this shell and its helpers. Whoever came in
# from outside (kubectl exec) has no parent in here, and an orphan that nobody has buried yet is no process any more.
# In the order of their numbers, parents before children: a shell whose trap shall tidy up must hear of SIGTERM before it
# sees its child die of it.
others() {
	__count=0 __d='[0-9]'
	read -r __self __rest </proc/self/stat
	for __pid in /proc/$__d /proc/$__d$__d /proc/$__d$__d$__d /proc/$__d$__d$__d$__d /proc/$__d$__d$__d$__d$__d*; do
		__pid=${__pid#/proc/}
		case $__pid in 1 | $$ | $__self | $__job | $__timer | $__killer) continue ;; esac
		# A whole file at once, down to its end: of one that goes while it is read, bash would keep the rest for another.
		__stat=
		while read -r __line; do __stat="$__stat $__line"; done </proc/$__pid/stat
		__stat=${__stat##*) }
		__parent=${__stat#? }
		__parent=${__parent%% *}
		case $__stat in '' | [XZ]*) continue ;; esac
		case $__parent in 0 | $__timer | $__killer) continue ;; esac
		__count=$((__count + 1))
		[ "$1" ] && kill -"$1" "$__pid"
	done
}

# Stopped first: whoever forks faster than it is killed would win.
slay() { others STOP; others KILL; }

# Sends this shell a signal after some seconds.
alarm() { (sleep "$1" || sleep $((${1%.*} + 1)); kill -"$2" $$) & }

# SIGTERM now and SIGKILL after the grace, to a script that runs or is about to. Argo sends SIGTERM to a whole process
# group: what is begun here ignores a second one from its very beginning, because this shell does meanwhile.
halt() {
	[ "$__job" ] || return
	__why=${__why:-$1}
	if [ "$__job" = - ] || [ "$__halted" ]; then return; fi
	__halted=1
	trap '' TERM
	(others TERM)
	alarm "$__grace" USR2
	__killer=$!
	listen
}

listen() { trap '__term=1; halt term' TERM; }

listen
trap 'halt timeout' ALRM
trap '__slain=1; [ -z "$__job" ] || (trap "" TERM; slay)' USR2

# Tells the next whether it may begin, and ends with an exit code.
quit() {
	# Where it cannot be told, nobody would ever hear of it: then Argo is to end them all.
	echo "$1" >"$__dir/$__me" || exit 1
	[ "$__last" = 1 ] && echo >"$__dir/done"
	# Any exit code but 0 makes Argo end the whole pod at its next look, so it comes when nobody else is left.
	[ "$2" = 0 ] || until [ -e "$__dir/done" ] || [ "$__term" ]; do nap; done
	exit "$2"
}

say hello
exec 2>/dev/null

# The first makes the directories: they must not be root's where only a later stage is.
__code=0
if [ "$__before" ]; then
	until [ -s "$__dir/$__before" ] || [ "$__term" ]; do nap; done
	read -r __code <"$__dir/$__before"
else
	mkdir -p "$__dir" "$PERIPLUS_WORKSPACE" "$HOME"
fi
[ -z "$__term" ] || { say end skipped; quit skipped 143; }
[ "$__code" = 0 ] || { say end skipped; quit skipped 0; }

# Where containers see each other's processes, to clean up in one would end them all.
case $PPID in
0 | 1) ;;
*)
	echo 'Every container needs a process namespace of its own: no shareProcessNamespace, no hostPID.'
	say end exit=1
	quit 1 1
	;;
esac

# As a file, because an argument may be no longer than 128 KiB; in pieces, because Argo replaces what is in double braces.
printf %s "$@" >"$__file"
# A long one comes in variables of its own, which the script does not see.
__number=1
while eval "__piece=\${PERIPLUS_SCRIPT_$__number-}"; [ "$__piece" ]; do
	printf %s "$__piece" >>"$__file"
	unset PERIPLUS_SCRIPT_$__number
	__number=$((__number + 1))
done
unset __piece
# So that kill 0 and kill -- -$$ mean the script's own processes, and Argo's SIGTERM to the group does not reach it twice.
command -v setsid >/dev/null && __setsid=setsid

# Runs the script once, to the end of all its processes: __code, and in __words what else there is to say.
attempt() {
	rm -rf "$PERIPLUS_OUTPUT" "$__dir/$__me.code"
	__timer= __killer= __halted= __why= __slain= __job=-
	[ -z "$__term" ] || __why=term
	[ "$__limit" = 0 ] || { alarm "$__limit" ALRM; __timer=$!; }
	# A shell of its own writes the exit code down: what `wait` says may also be the signal that interrupted it.
	(trap : TERM; (cd "$PERIPLUS_WORKSPACE" && exec $__setsid sh -e "$__file") </dev/null 2>&1; echo $? >"$__dir/$__me.code") &
	__job=$!
	[ -z "$__why" ] || halt
	while kill -0 "$__job"; do wait "$__job"; done
	__job=
	settle
	read -r __code <"$__dir/$__me.code" || __code=1
	# Whoever was stopped has not succeeded, even if it says so.
	[ "$__why" ] && [ "$__code" = 0 ] && __code=143
	__wrong=
	[ "$__why" = term ] || hand_on
	__words="exit=$__code${__why:+ $__why}${__left:+ left=$__left}$__wrong"
}

# What the script left behind has a second to end, or the rest of the grace; then it is killed.
settle() {
	__left= __tick=0
	while others; [ "$__count" -gt 0 ] && [ "$__tick" -lt 10 ] && [ -z "$__slain" ]; do
		nap
		[ "$__why" ] || __tick=$((__tick + 1))
	done
	[ "$__why" ] || [ "$__count" = 0 ] || __left=$__count
	__timer= __killer=
	while others; [ "$__count" -gt 0 ]; do
		slay
		others
		[ "$__count" = 0 ] || nap
	done
}

# The outputs of a script that ran to its end. What is wrong with them is its failure, unless it has failed already.
hand_on() {
	__out=$PERIPLUS_OUTPUT
	[ -e "$__out" ] || [ -L "$__out" ] || return
	if [ -L "$__out" ] || [ ! -f "$__out" ] || [ ! -r "$__out" ]; then
		__wrong=' output-file'
	else
		__bytes=$(trap '' TERM; wc -c <"$__out")
		if [ "$__bytes" -gt 65536 ]; then
			__wrong=" output-bytes=$((__bytes))"
		else
			__line=$(trap '' TERM; malformed <"$__out")
			[ -z "$__line" ] || __wrong=" output-line=$__line"
		fi
	fi
	if [ -z "$__wrong" ]; then
		[ "$__bytes" -eq 0 ] || (trap '' TERM; send output "$__bytes" "$__out")
	elif [ "$__code" = 0 ]; then
		__code=1
	else
		__wrong=
	fi
}

# The number of the first line that parseOutputs (engine/outputs.ts) would not take; nothing where it takes them all.
malformed() {
	LC_ALL=C
	__tab=$(printf ' \t') __return=$(printf '\r') __number=0 __end=
	while IFS= read -r __text || [ "$__text" ]; do
		__number=$((__number + 1))
		__text=${__text%"$__return"}
		if [ "$__end" ]; then
			[ "$__text" = "$__end" ] && __end=
			continue
		fi
		[ "$__text" ] || continue
		__name=${__text%%[=<]*}
		__sign=${__text#"$__name"}
		__name=${__name#"${__name%%[!$__tab]*}"}
		__name=${__name%"${__name##*[!$__tab]}"}
		case $__name in '' | [!A-Za-z_]* | *[!A-Za-z0-9_.-]*) echo $__number; return ;; esac
		case $__sign in
		=*) ;;
		'<<'*)
			__end=${__sign#'<<'} __began=$__number
			__end=${__end#"${__end%%[!$__tab]*}"}
			__end=${__end%"${__end##*[!$__tab]}"}
			[ "$__end" ] || { echo $__number; return; }
			;;
		*) echo $__number; return ;;
		esac
	done
	[ -z "$__end" ] || echo $__began
}

# What the script was to leave behind, each a line of __reports. What is wrong with it is told, and nobody's failure.
report() {
	[ -z "$__reports" ] || (
		trap '' TERM
		__root=$(readlink -f "$PERIPLUS_WORKSPACE") __number=0
		printf '%s\n' "$__reports" | while IFS= read -r __path; do
			leave "$PERIPLUS_WORKSPACE/$__path"
			__number=$((__number + 1))
		done
	)
}

# Sends one file, packed where that can be done.
leave() {
	__packed=$__dir/$__me.gz
	[ -e "$1" ] || [ -L "$1" ] || { say report $__number missing; return; }
	case $(readlink -f "$1") in "$__root"/*) ;; *) say report $__number file; return ;; esac
	if [ ! -f "$1" ] || [ ! -r "$1" ]; then say report $__number file; return; fi
	__bytes=$(wc -c <"$1")
	if [ "$__bytes" -gt 33554432 ]; then say report $__number bytes=$((__bytes)); return; fi
	__what=report-$__number.gz
	gzip -c <"$1" >"$__packed" || { __packed=$1 __what=report-$__number; }
	__bytes=$(wc -c <"$__packed")
	if [ "$__bytes" -gt 6291456 ]; then
		say report $__number packed=$((__bytes))
	else
		send $__what "$__bytes" "$__packed"
	fi
	rm -f "$__dir/$__me.gz"
}

# Prints a file between marks.
send() {
	__form=hex
	command -v base64 >/dev/null && __form=b64
	say file "$1" $__form $(($2))
	if [ $__form = b64 ]; then base64; else od -An -v -tx1; fi <"$3" | { tr -d ' \n'; echo; } |
		fold -w 8000 | sed "s/^/$(printf '\036')$__nonce d /"
	say file-end
}

__number=0
while :; do
	__number=$((__number + 1))
	say start $__number
	attempt
	[ "$__code" != 0 ] && [ -z "$__term" ] && [ "$__number" -le "$__retries" ] || break
	say retry $__number "$__words"
done
[ "$__why" = term ] || report
say end "$__words"
if [ "$__passes" = 1 ] && [ "$__why" != term ]; then quit 0 0; fi
quit "$__code" "$__code"
