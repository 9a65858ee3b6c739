# What the cases of the command-line tool share. Sourced after lib.sh.
# shellcheck shell=bash

export ASAN_OPTIONS=detect_leaks=0 # the leak checker wants a tracer, which a case's process cannot have

beacon=${BEACON_BUILD:-}/examples/beacon/beacon
[ -x "$beacon" ] || not_run "$beacon is not built (BEACON_BUILD)"

# advertise <name> <hciN> [<argument>]…: an identity of its own, on the air.
advertise() {
    local identity=/tmp/$1.identity
    [ -e "$identity" ] || expect "$beacon" identity new "$identity" >/dev/null
    : >"$guest_logs/$1.log"
    start "$1" "$beacon" advertise --radio "hci:$2" --take --json --identity "$identity" "${@:3}"
    expect_in_file 30 "$guest_logs/$1.log" '"identifier"'
}

# scan <name> <hciN> [<argument>]…
scan() {
    : >"$guest_logs/$1.log"
    start "$1" "$beacon" scan --radio "hci:$2" --take --json --all "${@:3}"
    expect_soon 30 is_scanning "$2"
}

# is_scanning <hciN>: its user channel is ours; what comes then is told.
is_scanning() {
    [ -z "$(adapter_property "$1" Address)" ]
}

# identifier_of <name>: what an advertiser said last that it sends.
identifier_of() {
    sed -n 's/.*"identifier":"\([0-9A-F]*\)".*/\1/p' "$guest_logs/$1.log" | tail -n 1
}
