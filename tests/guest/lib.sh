# What tests inside the guest share. Sourced by their scripts (bash), as ". tests/guest/lib.sh"; GUEST_RIG, GUEST_OUT and
# GUEST_ADAPTERS are set by `inside`. A function that waits has a limit and fails when it is reached.
# shellcheck shell=bash

guest_state=/run/guest # what runs by our hand: <name>.pid
guest_logs=$GUEST_OUT/guest
guest_silence=$guest_state/silence # a pipe that nobody writes to
mkdir -p "$guest_state"
[ -p "$guest_silence" ] || mkfifo "$guest_silence"

guest_patience=3 # times as long as is said, since the machine may be busy; 1 where the time is a promise

# wait_until <seconds> <command>…: asks again and again, until the command succeeds.
wait_until() {
    local end=$((${EPOCHREALTIME/[.,]/} + $1 * guest_patience * 1000000))
    shift
    until "$@"; do
        [ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
        read -r -t 0.1 <>"$guest_silence" || : # a sleep that starts no program
    done
}

# --- what we start and stop

# start <name> <command>…: in the background, its words in the logs. Its input is open and says nothing: with /dev/null,
# which cannot be polled, btmgmt would print nothing, and bluetoothctl would end.
start() {
    local name=$1
    shift
    env --default-signal=INT,QUIT "$@" >>"$guest_logs/$name.log" 2>&1 <>"$guest_silence" &
    echo $! >"$guest_state/$name.pid"
    disown
}

# converse <name> <command>…: the same with a program that is told what to do, line by line.
converse() {
    local name=$1
    shift
    rm -f "$guest_state/$name.in"
    mkfifo "$guest_state/$name.in"
    : >"$guest_logs/$name.log"
    env --default-signal=INT,QUIT "$@" >>"$guest_logs/$name.log" 2>&1 <>"$guest_state/$name.in" &
    echo $! >"$guest_state/$name.pid"
    disown
}

# order <name> <line> [<expected>]…: says it, and waits until its words have all of these, from there on.
order() {
    : >"$guest_logs/$1.log"
    echo "$2" >"$guest_state/$1.in"
    [ $# -eq 2 ] || expect_in_file 20 "$guest_logs/$1.log" "${@:3}"
}

is_running() {
    local process
    { process=$(<"$guest_state/$1.pid"); } 2>/dev/null && [ -d "/proc/$process" ] || return 1
    { read -r process <"/proc/$process/stat"; } 2>/dev/null && [[ $process != *") Z "* ]]
}

is_stopped() {
    ! is_running "$1"
}

# stop <name> [<signal>]: and waits until it is gone.
stop() {
    is_running "$1" || return 0
    kill -s "${2:-TERM}" "$(<"$guest_state/$1.pid")"
    wait_until 20 is_stopped "$1"
}

# stock <command>…: one of BlueZ's tools, with such an input and a limit: some wait for ever for a daemon that is not there.
stock() {
    timeout 20 "$@" <>"$guest_silence"
}

# --- adapters

# adapters: their names, one a line, in order.
adapters() {
    local path
    for path in /sys/class/bluetooth/hci*; do
        [[ ! $path =~ /hci[0-9]+$ ]] || echo "${path##*/}"
    done | sort -V
}

count_adapters() {
    local path count=0
    for path in /sys/class/bluetooth/hci*; do
        [[ ! $path =~ /hci[0-9]+$ ]] || count=$((count + 1))
    done
    echo "$count"
}

has_adapters() {
    [ "$(count_adapters)" -eq "$1" ]
}

# wait_for_adapters <number>: until there are as many, and where bluetoothd runs, powered.
wait_for_adapters() {
    wait_until 30 has_adapters "$1" || return 1
    ! is_running bluetoothd || wait_until 30 are_powered
}

# adapter_address <hciN>
adapter_address() {
    [[ ! $(hciconfig "$1") =~ BD\ Address:\ ([0-9A-F:]+) ]] || echo "${BASH_REMATCH[1]}"
}

# adapter_with <address>: its name now; a number may change when an adapter goes and returns.
adapter_with() {
    local adapter
    for adapter in $(adapters); do
        [ "$(adapter_address "$adapter")" != "$1" ] || { echo "$adapter"; return; }
    done
    return 1
}

adapter_is_up() {
    [[ $(hciconfig "$1") =~ [[:space:]]UP[[:space:]] ]]
}

adapter_is_down() {
    [[ $(hciconfig "$1") =~ [[:space:]]DOWN[[:space:]] ]]
}

# As the user channel wants it; bluetoothd lets it be so.
adapter_down() {
    hciconfig "$1" down && wait_until 10 adapter_is_down "$1"
}

adapter_up() {
    hciconfig "$1" up && wait_until 10 adapter_is_up "$1"
}

# adapter_property <hciN> <name>: as bluetoothd tells it: true, false, or a string's text.
adapter_property() {
    local answer
    answer=$(dbus-send --system --reply-timeout=10000 --print-reply=literal --dest=org.bluez "/org/bluez/$1" \
        org.freedesktop.DBus.Properties.Get string:org.bluez.Adapter1 "string:$2" 2>/dev/null) || return 1
    read -r _ answer <<<"$answer" # after "variant"
    echo "${answer#boolean }"
}

is_powered() {
    [ "$(adapter_property "$1" Powered)" = true ]
}

# Of bluetoothd's: every adapter there is.
are_powered() {
    local adapter
    for adapter in $(adapters); do
        is_powered "$adapter" || return 1
    done
}

# --- btvirt: the controllers

# start_adapters <bridges>: GUEST_ADAPTERS of them, each by a bridge of its own where <bridges> is not empty.
start_adapters() {
    local i
    if [ -z "$1" ]; then
        [ "$GUEST_ADAPTERS" -eq 0 ] || start btvirt btvirt "-l$GUEST_ADAPTERS"
    else
        start btvirt btvirt -s
        wait_until 10 test -S /tmp/bt-server-mon || return 1
        for ((i = 0; i < GUEST_ADAPTERS; i++)); do
            return_adapter "$i" || return 1
        done
    fi
    wait_until 30 has_adapters "$GUEST_ADAPTERS"
}

# remove_adapter <number>: the adapter of that bridge (0 is the first one), as if it were pulled out. Needs run -b.
# Not while a link is open on it: kernel 6.1 then corrupts a list of its own, and takes bluetoothd along.
remove_adapter() {
    local before
    before=$(count_adapters)
    stop "bridge-$1" KILL && wait_until 10 has_adapters $((before - 1))
}

# return_adapter <number>: it has its address again, and another name if anybody still holds a raw socket of the old one.
return_adapter() {
    local before
    before=$(count_adapters)
    start "bridge-$1" "$GUEST_RIG/vhci_bridge" /tmp/bt-server-bredrle
    wait_until 30 has_adapters $((before + 1))
}

# stop_adapters: all of them, with btvirt.
stop_adapters() {
    local pid
    for pid in "$guest_state"/bridge-*.pid; do
        [ ! -e "$pid" ] || { stop "$(basename "$pid" .pid)" KILL; rm -f "$pid"; }
    done
    stop btvirt KILL
    rm -f /tmp/bt-server-*
    wait_until 10 has_adapters 0
}

# --- the daemons

start_dbus() {
    rm -f /run/dbus/pid
    start dbus dbus-daemon --system --nofork --nopidfile
    wait_until 20 test -S /run/dbus/system_bus_socket
}

# configure_bluetoothd [<section> <line>]…: the file that it reads when it starts. One ATT bearer, since with more of them
# half of the reads between emulated adapters fail; no cache, since the tests' services change.
# shellcheck disable=SC2120 # for the tests: configure_bluetoothd General Privacy=device
configure_bluetoothd() {
    mkdir -p /etc/bluetooth /var/lib/bluetooth
    printf '%s\n' '[Policy]' 'AutoEnable=true' '[GATT]' 'Cache=no' 'Channels=1' >/etc/bluetooth/main.conf
    while [ $# -gt 1 ]; do
        printf '[%s]\n%s\n' "$1" "$2" >>/etc/bluetooth/main.conf
        shift 2
    done
}

has_bluez() {
    [[ $(dbus-send --system --reply-timeout=10000 --print-reply=literal --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.NameHasOwner string:org.bluez 2>/dev/null) == *"boolean true"* ]]
}

has_no_bluez() {
    ! has_bluez
}

# start_bluetoothd [<argument>]…: until it has its name and has powered the adapters.
start_bluetoothd() {
    grep -q '^Channels=1' /etc/bluetooth/main.conf 2>/dev/null || configure_bluetoothd
    start bluetoothd bluetoothd -n "$@"
    wait_until 30 has_bluez && wait_until 30 are_powered
}

# stop_bluetoothd [<signal>]
stop_bluetoothd() {
    stop bluetoothd "${1:-TERM}" && wait_until 10 has_no_bluez
}

# --- people

# as_nobody <command>…: without root's rights.
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}

# start_as_nobody <name> <command>…: in the background, as start has it.
start_as_nobody() {
    : >"$guest_logs/$1.log"
    chmod a+rw "$guest_logs/$1.log"
    start "$1" setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "${@:2}"
}

is_discovering() {
    [ "$(adapter_property "$1" Discovering)" = true ]
}

# --- for the cases: what they say when they fail, or cannot run

fail() {
    echo "FAILED: $*"
    exit 1
}

not_run() {
    echo "not run: $*"
    exit 77
}

# long <what others show>: the case is for tests/run --all.
long() {
    [ -n "${BEACON_TEST_LONG:-}" ] || not_run "it takes long ($1); BEACON_TEST_LONG=1 runs it"
}

# expect <command>…: succeeds.
expect() {
    "$@" || fail "$* (status $?)"
}

# expect_soon <seconds> <command>…: succeeds before long.
expect_soon() {
    wait_until "$@" || fail "not within $1 s: ${*:2}"
}

# expect_equal <what> <expected> <found>
expect_equal() {
    [ "$2" = "$3" ] || fail "$1: expected \"$2\", found \"$3\""
}

# in_file <file> <text>…: the file has each of them, somewhere. (What is asked again and again starts no programs: each
# takes the guest a tenth of a second and more.)
in_file() {
    local whole text
    { whole=$(<"$1"); } 2>/dev/null || return 1
    for text in "${@:2}"; do
        [[ $whole == *"$text"* ]] || return 1
    done
}

# expect_in_file <seconds> <file> <text>…: before long; shows the file when not.
expect_in_file() {
    wait_until "$1" in_file "${@:2}" || { cat "$2"; fail "not within $1 s in $2: ${*:3}"; }
}

# record <file>: btmon -w from now on, until stop_recording; it has begun when this returns.
record() {
    rm -f "$1"
    start btmon btmon -w "$1"
    expect_soon 20 test -s "$1"
}

stop_recording() {
    stop btmon INT
}

# reports <capture>: what btmon decodes of advertisements in it.
reports() {
    btmon -r "$1" | sed -n '/Advertising Report/,/RSSI/p'
}

# rounds: how often a case goes through its faults; suite says more.
rounds() {
    echo "${BEACON_GUEST_ROUNDS:-$((${BEACON_TEST_LONG:+2} + 1))}"
}

# --- between the cases

# The rig as `run` made it: adapters, D-Bus and bluetoothd there, and powered.
is_whole() {
    has_adapters "$GUEST_ADAPTERS" && is_running dbus && is_running bluetoothd && has_bluez && are_powered
}

# restore <bridges>: everything anew.
restore() {
    local pid
    for pid in "$guest_state"/*.pid; do # whatever a case that failed has left, too
        [[ $pid == */dbus.pid ]] || stop "$(basename "$pid" .pid)" KILL
    done
    stop_adapters
    rm -f /etc/bluetooth/main.conf
    is_running dbus || start_dbus || return 1
    start_adapters "$1" && start_bluetoothd --experimental
}
