# Installs what is missing (Debian) and builds a release of some targets. Sourced by examples/run and examples/history.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build/release
# shellcheck source=libbeacon/cmake/debian.sh
. "$top/libbeacon/cmake/debian.sh"

# Runs a command in silence; what it said is shown when it fails.
quietly() {
    "$@" >"$build/examples.log" 2>&1 || { cat "$build/examples.log" >&2; return 1; }
}

# build_targets <target>…
build_targets() {
    install_packages "${build_packages[@]}"
    mkdir -p "$build"
    echo "Building in $build" >&2
    quietly cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release
    quietly cmake --build "$build" --target "$@"
    export BEACON_LOCALEDIR=$build/locale
}
