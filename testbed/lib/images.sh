# shellcheck shell=bash
# The base images: official ones when they can be pulled, otherwise stand-ins from Debian
# packages under the official names. One folder of testbed/images per image:
#   name         the official name
#   Dockerfile   how the stand-in is built, or, for the root image,
#   rootfs       a program that writes the root file system to the tar file it is given
#   config       with rootfs: the image's settings, Dockerfile instructions, one a line
#   part         the part of setup that sees to it, where it is not this one

IMAGES=$TESTBED/images
STAND_IN_LABEL=org.dockdj.testbed
INPUTS_LABEL=org.dockdj.testbed.inputs
REACH_SECONDS=10
PULL_SECONDS=900

image_name() { head -n 1 "$IMAGES/$1/name"; }
image_folders() { # the root image first
    local folder
    for folder in "$IMAGES"/*/rootfs; do basename "$(dirname "$folder")"; done
    for folder in "$IMAGES"/*/Dockerfile; do
        if [[ ! -e ${folder%/*}/part ]]; then basename "${folder%/*}"; fi
    done
}

folder_hash() { # FOLDER
    (cd "$IMAGES/$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -d' ' -f1
}

# Everything that a stand-in is made of: its folder, and for all of them the root image's folder,
# this machine's certificate authorities and mirror.
ROOT_INPUTS=
inputs_hash() { # FOLDER
    if [[ -z $ROOT_INPUTS ]]; then
        ROOT_INPUTS=$({ for folder in "$IMAGES"/*/rootfs; do folder_hash "$(basename "$(dirname "$folder")")"; done
            sha256sum </etc/ssl/certs/ca-certificates.crt || true
            on_debian && source_lines trixie; } 2>/dev/null | sha256sum)
    fi
    printf '%s %s\n' "$ROOT_INPUTS" "$(folder_hash "$1")" | sha256sum | cut -c1-16
}

# missing | official | current | stale
image_state() { # FOLDER
    local labels
    labels=$(docker image inspect "$(image_name "$1")" --format \
        "{{ index .Config.Labels \"$STAND_IN_LABEL\" }} {{ index .Config.Labels \"$INPUTS_LABEL\" }}" 2>/dev/null) ||
        { echo missing; return; }
    case $labels in
        "stand-in $(inputs_hash "$1")") echo current ;;
        stand-in*) echo stale ;;
        *) echo official ;;
    esac
}

ensure_images() {
    local folder state started to_get=() to_build=() official=0 current=0 pulled=0
    started=$(now_ms)
    if on_debian; then read_machine_sources; fi
    inputs_hash debian >/dev/null
    while read -r folder; do
        state=$(image_state "$folder")
        case $state in
            official) official=$(( official + 1 )) ;;
            current) current=$(( current + 1 )) ;;
            stale) to_build+=("$folder") ;;
            missing) to_get+=("$folder") ;;
        esac
    done < <(image_folders)
    for folder in "${to_get[@]}"; do
        if (( ! ${#to_build[@]} && ! current )) && pull_image "$folder"; then
            pulled=$(( pulled + 1 ))
        else
            to_build+=("$folder")
        fi
    done
    if (( ${#to_build[@]} )); then build_stand_ins "${to_build[@]}"; fi
    report_images "$(( official + pulled ))" "$(( current + ${#to_build[@]} ))" "${#to_build[@]}" "$pulled" "$started"
}

report_images() { # OFFICIAL STAND_INS BUILT PULLED START_MS
    local what
    if (( $2 == 0 )); then what="official (pulled), $1"
    elif (( $1 == 0 )); then what="stand-ins built from Debian packages, $2"
    else what="$1 official (pulled), $2 stand-ins built from Debian packages"; fi
    if (( $3 + $4 == 0 )); then what+=', all there already'; fi
    say_timed 'base images' "$what" "$5"
}

# The first failure to reach the registry speaks for all.
REGISTRY_REACHED=
registry_is_reached() { # IMAGE
    if [[ -z $REGISTRY_REACHED ]]; then
        REGISTRY_REACHED=no
        if [[ ${DOCKDJ_TESTBED_PULL:-yes} != no ]] &&
            timeout "$REACH_SECONDS" docker buildx imagetools inspect "$1" >/dev/null 2>&1 </dev/null; then
            REGISTRY_REACHED=yes
        fi
        if [[ $REGISTRY_REACHED == no ]]; then say images 'the public registry cannot be reached from here'; fi
    fi
    [[ $REGISTRY_REACHED == yes ]]
}

pull_image() { # FOLDER
    local name started; name=$(image_name "$1"); started=$(now_ms)
    registry_is_reached "$name" || return 1
    logged "$LOG_DIR/pull-$1.log" timeout "$PULL_SECONDS" docker pull --quiet "$name" || return 1
    say_timed "$name" 'pulled' "$started"
}

build_stand_ins() { # FOLDER...
    local folder failed='' pids=() rest=()
    can_install || fail -c 4 "these base images are missing: $(for folder in "$@"; do image_name "$folder"; done | xargs)" \
        "root on Debian builds them:              sudo $TESTBED/setup images" \
        'elsewhere, where the registry is reached:' \
        "$(for folder in "$@"; do echo "docker pull $(image_name "$folder");"; done | xargs)"
    for folder in "$@"; do
        if [[ -e $IMAGES/$folder/rootfs ]]; then build_root "$folder"; else rest+=("$folder"); fi
    done
    for folder in "${rest[@]}"; do
        build_on_root "$folder" &
        pids+=($!)
    done
    for folder in "${!pids[@]}"; do # indices
        wait "${pids[folder]}" || failed+=" $(image_name "${rest[folder]}")"
    done
    [[ -z $failed ]] || fail "these stand-ins cannot be built:$failed" "the outputs: $LOG_DIR/build-*.log"
}

image_id() { docker image inspect --format '{{ .Id }}' "$1" 2>/dev/null || true; }

# Only stale stand-ins are ever built again, so what the new one replaced is ours.
# It stays when something still uses it.
remove_replaced() { # NAME ID_BEFORE
    if [[ $2 && $2 != $(image_id "$1") ]]; then docker image rm "$2" >/dev/null 2>&1 || true; fi
}

build_root() { # FOLDER
    local name started before tar changes=() line
    name=$(image_name "$1")
    started=$(now_ms)
    command -v mmdebstrap >/dev/null || install_packages mmdebstrap
    tar=$LOG_DIR/$1.tar
    while read -r line; do changes+=(--change "$line"); done <"$IMAGES/$1/config"
    changes+=(--change "LABEL $STAND_IN_LABEL=stand-in" --change "LABEL $INPUTS_LABEL=$(inputs_hash "$1")")
    source_lines trixie >"$LOG_DIR/sources.list"
    logged "$LOG_DIR/build-$1.log" "$IMAGES/$1/rootfs" "$tar" "$LOG_DIR/sources.list" ||
        fail "$name cannot be built" "the whole output: $LOG_DIR/build-$1.log"
    before=$(image_id "$name")
    docker import "${changes[@]}" "$tar" "$name" >/dev/null
    rm -f "$tar"
    remove_replaced "$name" "$before"
    say_timed "$name" 'stand-in built with mmdebstrap' "$started"
}

# The builder of the engine itself: others do not see local images.
build_on_root() { # FOLDER
    local name started before
    name=$(image_name "$1")
    started=$(now_ms)
    before=$(image_id "$name")
    logged "$LOG_DIR/build-$1.log" docker buildx build --builder "$(docker context show)" --progress plain --load \
        --provenance=false --label "$STAND_IN_LABEL=stand-in" --label "$INPUTS_LABEL=$(inputs_hash "$1")" \
        --tag "$name" "$IMAGES/$1" || return 1
    remove_replaced "$name" "$before"
    say_timed "$name" 'built from Debian packages' "$started"
}
