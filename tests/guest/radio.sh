# For cases that use a radio of ours: radio_probe, run as nobody, and what it says. Sourced after lib.sh.
# shellcheck shell=bash

export ASAN_OPTIONS=detect_leaks=0 # the leak checker wants a tracer, which a case's process cannot have

[ -x "${BEACON_BUILD:-}/tests/guest/radio_probe" ] || not_run "radio_probe is not built (BEACON_BUILD)"

# probe <name> <word>…: in the background, until stop <name>; its lines are in the logs, from the beginning.
probe() {
    local name=$1
    shift
    : >"$guest_logs/$name.log"
    chmod a+rw "$guest_logs/$name.log"
    start "$name" setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
        "$BEACON_BUILD/tests/guest/radio_probe" "$@"
}

# has_line <name> <text>…: one line of it has all of these.
has_line() {
    local lines text
    lines=$(cat "$guest_logs/$1.log")
    shift
    for text in "$@"; do
        lines=$(grep -F -- "$text" <<<"$lines") || return 1
    done
}

# expect_line <seconds> <name> <text>…: before long.
expect_line() {
    wait_until "$1" has_line "${@:2}" || {
        tail -n 20 "$guest_logs/$2.log"
        fail "not within $1 s, a line of $2 with: ${*:3}"
    }
}

# forget_lines <name>: looks only at what it says from now on.
forget_lines() {
    cat "$guest_logs/$1.log" >>"$guest_logs/$1.old.log"
    : >"$guest_logs/$1.log"
}
