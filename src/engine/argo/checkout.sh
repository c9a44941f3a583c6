# Puts the pinned commit into the workspace, on its branch where it has one, as engine/local/checkout.ts does; submodules
# are left alone. checkout.ts sets the variables before it. Ends with 1 where the remote said no, with 75 where nobody
# could be asked.

export LC_ALL=C.UTF-8 GIT_ALLOW_PROTOCOL="$protocols" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="${GIT_SSH_COMMAND:-ssh -o BatchMode=yes}"

git() {
	command git -c "http.lowSpeedLimit=$low_bytes" -c "http.lowSpeedTime=$low_seconds" -c gc.auto=0 \
		-c maintenance.auto=false -c core.hooksPath=/dev/null -c advice.detachedHead=false \
		-c "safe.directory=$PERIPLUS_WORKSPACE" "$@"
}

# Keeps what Git says: it is shown where something went wrong.
try() { words=$(git "$@" 2>&1); }

said() { printf '%s\n' "$words" | grep -qiE "$1"; }

fetch() { try fetch --no-tags --no-recurse-submodules "$@"; }

bring() {
	try init -q &&
		try config remote.origin.url "$url" &&
		try config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*' || return 1
	fetch --depth=1 -- origin "$sha" || { said "$bare_refused" && bring_more; } || return 1
	if [ "$branch" ]; then set -- -B "$branch"; else set -- --detach; fi
	try checkout --force "$@" "$sha" --
}

bring_more() {
	echo 'The remote gives no single commit; fetching the branch or tag it belongs to.'
	if [ "$ref" ]; then
		fetch "--depth=$depth" -- origin "$ref" || return 1
		has || [ "$(git rev-parse --is-shallow-repository)" = false ] ||
			fetch --unshallow -- origin "$ref" || return 1
	else
		fetch -- origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*' || return 1
	fi
	has || { words="not our ref $sha" && return 1; }
}

has() { git cat-file -e "$sha^{commit}" 2>/dev/null; }

give_up() {
	last=$(printf '%s\n' "$words" | sed -nE 's/^(fatal|error): //p' | head -n 1)
	printf 'reason=The checkout failed: %s\n' "${last:-$(printf '%s\n' "$words" | tail -n 1)}" >"$PERIPLUS_OUTPUT"
	exit "$1"
}

if [ "$fold" ]; then
	echo ::group::Checkout
	trap 'echo ::endgroup::' EXIT
fi
echo "Fetching $shown at $sha${branch:+ ($branch)}"
tries=1
until bring; do
	words=$(printf '%s\n' "$words" | sed 's/[[:space:]]*$//; /^$/d')
	printf '%s\n' "$words"
	if said "$certain_no"; then give_up 1; fi
	[ "$tries" -lt "$tries_max" ] || give_up 75
	echo "The repository cannot be read just now; try $((tries + 1)) of $tries_max follows."
	sleep "$tries"
	tries=$((tries + 1))
done
title=$(git log -1 --format=%s "$sha")
author=$(git log -1 --format=%an "$sha")
printf 'title=%s\nauthor=%s\n' "$title" "$author" >"$PERIPLUS_OUTPUT"
printf 'Checked out %.12s “%s” by %s\n' "$sha" "$title" "$author"
