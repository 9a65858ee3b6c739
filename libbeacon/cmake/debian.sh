# Debian packages by what needs them, and how those missing are installed. Sourced by examples/run and tests/run.
# shellcheck shell=bash disable=SC2034 # the lists are for those who source this

build_packages=(cmake ninja-build gcc libc6-dev pkg-config libsodium-dev libglib2.0-dev libyajl-dev libsqlite3-dev libbluetooth-dev gettext
    libsoup-3.0-dev libqrencode-dev glib-networking)
test_packages=(check dbus-daemon g++ python3 groff-base openssl systemd tmux)
format_packages=(clang-format git)
clang_packages=(clang libclang-rt-14-dev)
valgrind_packages=(valgrind)
browser_packages=(chromium fonts-dejavu-core)
node_packages=(nodejs npm) # where npm is not there in another way
# The guest rig's are unpacked for it, not installed (tests/guest/prepare); making it takes the first.
guest_tools=(xz-utils e2fsprogs)
guest_packages=(bluez bluez-test-tools busybox-static dbus qemu-system-x86)
guest_kernel_package=linux-image-amd64
arm64_packages=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static)
armhf_packages=(gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user-static)

# missing_packages <package>…: those not installed, one a line.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# Sets as_root to what puts root's rights before a command; fails where nobody could be asked for a password.
find_root() {
    as_root=()
    [ "$(id -u)" -ne 0 ] || return 0
    as_root=(sudo)
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || { : >/dev/tty; } 2>/dev/null
}

# install_packages <package>…: those missing, through apt. Fails, having named them, where that cannot be done.
install_packages() {
    local missing as_root apt
    if ! command -v dpkg-query >/dev/null; then
        echo "This is not Debian: taking what is there. Its packages would be: $*" >&2
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! find_root; then
        echo "Packages are missing, and it takes root to install them: apt-get install ${missing[*]}" >&2
        return 1
    fi
    echo "Installing through apt: ${missing[*]}" >&2
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    "${apt[@]}" update </dev/null >&2 || echo "apt-get update failed: trying with the lists that are there" >&2
    if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >&2; then
        echo "These packages could not be installed: ${missing[*]}" >&2
        return 1
    fi
}
