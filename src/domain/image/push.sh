# Pushes the image of an OCI archive under each of the tags that are this script's arguments, and hands on what the registry
# has it by. script.ts writes the lines before this: the repository, and whether the archive is of many platforms.

fail() {
	printf '%s\n' "$*"
	exit 1
}

archive=$PERIPLUS_IMAGE_ARCHIVE image= list=
tidy() {
	[ -z "$list" ] || $builder manifest rm "$list" >/dev/null 2>&1 || :
	[ -z "$image" ] || $builder rmi "$image" >/dev/null 2>&1 || :
	rm -f "$archive.digest"
}

by_buildah() {
	trap tidy EXIT
	trap 'exit 143' TERM INT HUP
	if [ "$many" ]; then
		list=localhost/periplus:$PERIPLUS_SEGMENT
		$builder manifest create "$list" >/dev/null
		$builder manifest add --all "$list" "oci-archive:$archive" >/dev/null
		push="manifest push --all"
	else
		image=$($builder pull --quiet "oci-archive:$archive")
		push=push
	fi
	for tag; do
		printf 'Pushing %s:%s\n' "$repository" "$tag"
		$builder $push ${PERIPLUS_REGISTRY_PLAIN:+--tls-verify=false} --quiet --digestfile "$archive.digest" \
			"${list:-$image}" "docker://$repository:$tag"
	done
	digest=$(cat "$archive.digest")
}

by_skopeo() {
	trap tidy EXIT
	trap 'exit 143' TERM INT HUP
	for tag; do
		printf 'Pushing %s:%s\n' "$repository" "$tag"
		skopeo copy --quiet --all ${PERIPLUS_REGISTRY_PLAIN:+--dest-tls-verify=false} --digestfile "$archive.digest" \
			"oci-archive:$archive" "docker://$repository:$tag"
	done
	digest=$(cat "$archive.digest")
}

by_docker() {
	image=periplus:$PERIPLUS_SEGMENT
	tidy() { docker image rm "$image" $names >/dev/null 2>&1 || :; }
	names=
	trap tidy EXIT
	trap 'exit 143' TERM INT HUP
	docker load --quiet --input "$archive" >/dev/null
	for tag; do
		printf 'Pushing %s:%s\n' "$repository" "$tag"
		docker tag "$image" "$repository:$tag"
		names="$names $repository:$tag"
		docker --config "$PERIPLUS_FILES" push --quiet "$repository:$tag" >/dev/null
	done
	digest=$(docker image inspect --format '{{join .RepoDigests "\n"}}' "$image" | sed -n "s|^$repository@||p" | head -n 1)
}

[ -f "$archive" ] || fail 'There is no image to push: Build left none at PERIPLUS_IMAGE_ARCHIVE.'
[ $# -gt 0 ] || fail 'No tag is left to push by: each is of a git branch or tag, and this execution has none.'

export REGISTRY_AUTH_FILE="$PERIPLUS_FILES/config.json"
if command -v buildah >/dev/null; then
	builder=buildah
	by_buildah "$@"
elif command -v podman >/dev/null; then
	builder=podman
	by_buildah "$@"
elif command -v skopeo >/dev/null; then
	by_skopeo "$@"
elif command -v docker >/dev/null; then
	by_docker "$@"
else
	fail 'There is nothing to push images with here. Install buildah, podman, skopeo, or docker with buildx.'
fi
[ "$digest" ] || fail 'The registry has the image, and nobody said by which digest.'
printf 'image=%s@%s\ndigest=%s\n' "$repository" "$digest" "$digest" >>"$PERIPLUS_OUTPUT"
printf 'export PERIPLUS_IMAGE=%s@%s PERIPLUS_IMAGE_DIGEST=%s\n' "$repository" "$digest" "$digest" >"$archive.env"
printf 'The image is %s@%s\n' "$repository" "$digest"
