# Builds an image from a Dockerfile into an OCI archive, with whichever builder is there. script.ts writes the lines before
# this: what is built, and as arguments of this script the builder's own for build arguments and secrets.

fail() {
	printf '%s\n' "$*"
	exit 1
}

archive=$PERIPLUS_IMAGE_ARCHIVE images= list=
tidy() {
	[ -z "$list" ] || $builder manifest rm "$list" >/dev/null 2>&1 || :
	[ -z "$images" ] || $builder rmi $images >/dev/null 2>&1 || :
	rm -f "$archive.id"
}

# A builder follows links: into this workspace, and not into the files of its machine.
root=$(pwd -P)
inside() {
	case $1/ in
	"$root"/*) ;;
	*) fail "$2 leads out of the workspace." ;;
	esac
}

# Into storage that all builds on a machine share, so that a base image is fetched once; nothing of ours stays there.
built() {
	$builder build --isolation chroot --format oci --layers=false --iidfile "$archive.id" --file "./$dockerfile" "$@" "./$context"
	images="$images $(cat "$archive.id")"
}

by_buildah() {
	trap tidy EXIT
	trap 'exit 143' TERM INT HUP
	[ -z "$target" ] || set -- --target "$target" "$@"
	if [ -z "$platforms" ]; then
		built "$@"
	else
		for platform in $platforms; do built --platform "$platform" "$@"; done
	fi
	set -- $images
	rm -f "$archive"
	if [ $# = 1 ]; then
		$builder push --quiet "$1" "oci-archive:$archive"
	else
		list=localhost/periplus:$PERIPLUS_SEGMENT
		$builder manifest create "$list" "$@" >/dev/null
		$builder manifest push --quiet --all "$list" "oci-archive:$archive"
	fi
}

# A daemon of the cluster does the work; what stands in "$@" for the others has other names there.
by_buildkit() {
	count=$#
	while [ "$count" -gt 0 ]; do
		case $1 in
		--build-arg) set -- "$@" --opt "build-arg:$2" ;;
		*) set -- "$@" "$1" "$2" ;;
		esac
		shift 2
		count=$((count - 2))
	done
	[ -z "$target" ] || set -- --opt "target=$target" "$@"
	[ -z "$platforms" ] || set -- --opt "platform=$(printf %s "$platforms" | tr ' ' ,)" "$@"
	[ ! -r "$PERIPLUS_FILES/config.json" ] || export DOCKER_CONFIG="$PERIPLUS_FILES"
	buildctl build --progress plain --frontend dockerfile.v0 --local "context=./$context" \
		--local "dockerfile=$(dirname "./$dockerfile")" --opt "filename=$(basename "$dockerfile")" "$@" \
		--output "type=oci,dest=$archive"
}

by_docker() {
	images=periplus:$PERIPLUS_SEGMENT
	tidy() { docker image rm "$images" >/dev/null 2>&1 || :; }
	trap tidy EXIT
	trap 'exit 143' TERM INT HUP
	case $platforms in
	*' '*) fail 'docker builds an image for one platform here. Install buildah or podman, which build for many.' ;;
	'') ;;
	*) set -- --platform "$platforms" "$@" ;;
	esac
	[ -z "$target" ] || set -- --target "$target" "$@"
	DOCKER_BUILDKIT=1 docker build --progress plain --tag "$images" --file "./$dockerfile" "$@" "./$context"
	docker save --output "$archive" "$images"
}

[ -d "./$context" ] || fail "There is no directory $context to build in."
inside "$(cd "./$context" && pwd -P)" "The context $context"
[ -f "./$dockerfile" ] || fail "There is no file $dockerfile."
inside "$(cd "$(dirname "./$dockerfile")" && pwd -P)" "The dockerfile $dockerfile"
[ ! -L "./$dockerfile" ] || fail "$dockerfile is a link. Name the file itself."

[ ! -r "$PERIPLUS_FILES/config.json" ] || export REGISTRY_AUTH_FILE="$PERIPLUS_FILES/config.json"
if [ "$BUILDKIT_HOST" ] && command -v buildctl >/dev/null; then
	by_buildkit "$@"
elif command -v buildah >/dev/null; then
	builder=buildah
	by_buildah "$@"
elif command -v podman >/dev/null; then
	builder=podman
	by_buildah "$@"
elif command -v docker >/dev/null; then
	by_docker "$@"
else
	fail 'There is no builder of images here. Install buildah, podman, or docker with buildx.'
fi
printf 'The image is an archive of %s bytes, PERIPLUS_IMAGE_ARCHIVE.\n' $(($(wc -c <"$archive")))
