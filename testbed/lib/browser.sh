# shellcheck shell=bash
# Headless Chromium in an image of its own, for tests/browser: nothing of it touches the machine.

BROWSER=chromium

ensure_browser() {
    if on_debian; then read_machine_sources; fi
    inputs_hash debian >/dev/null
    if [[ $(image_state "$BROWSER") == current ]]; then
        say browser "$(image_name "$BROWSER"), there already"
        return
    fi
    docker image inspect debian:trixie-slim >/dev/null 2>&1 || ensure_images
    build_on_root "$BROWSER" || fail 'the browser for the tests cannot be built' \
        "the whole output: $LOG_DIR/build-$BROWSER.log"
}
