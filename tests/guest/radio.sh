# For cases that use a radio of ours: radio_probe, run as nobody, and what it says. Sourced after lib.sh.
# shellcheck shell=bash

export ASAN_OPTIONS=detect_leaks=0 # the leak checker wants a tracer, which a case's process cannot have

[ -x "${BEACON_BUILD:-}/tests/guest/radio_probe" ] || not_run "radio_probe is not built (BEACON_BUILD)"

declare -A lines_from # by name: lines before these are not looked at any more

# probe <name> <word>…: as nobody, in the background, until stop <name>; its lines are in the logs, from the beginning.
probe() {
    lines_from[$1]=0
    start_as_nobody "$1" "$BEACON_BUILD/tests/guest/radio_probe" "${@:2}"
}

# probe_as_root <name> <word>…: the same with all rights, which hci: takes.
probe_as_root() {
    lines_from[$1]=0
    : >"$guest_logs/$1.log"
    start "$1" "$BEACON_BUILD/tests/guest/radio_probe" "${@:2}"
}

# has_line <name> <text>…: one line of it has all of these.
has_line() {
    local lines line text
    mapfile -t -s "${lines_from[$1]}" lines <"$guest_logs/$1.log"
    for line in "${lines[@]}"; do
        for text in "${@:2}"; do
            [[ $line == *"$text"* ]] || continue 2
        done
        return 0
    done
    return 1
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
    lines_from[$1]=$(wc -l <"$guest_logs/$1.log")
}

# holdings <name>: "descriptors bytes", what it holds now.
holdings() {
    local line
    forget_lines "$1" # in the subshell that this runs in
    kill -s USR1 "$(<"$guest_state/$1.pid")"
    expect_line 10 "$1" '"event": "holdings"' >&2
    line=$(grep -F '"event": "holdings"' "$guest_logs/$1.log" | tail -n 1)
    [[ $line =~ \"descriptors\":\ ([0-9]+),\ \"bytes\":\ ([0-9]+) ]] || fail "$line"
    echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
}

# expect_no_leak <name> <descriptors> <bytes>: it holds no more than that, but for what it may remember of whom it met.
expect_no_leak() {
    local descriptors bytes
    read -r descriptors bytes <<<"$(holdings "$1")"
    echo "$1 holds $descriptors descriptors (before: $2) and $bytes bytes (before: $3)"
    [ "$descriptors" -le "$2" ] || fail "$1 has $descriptors descriptors, and had $2"
    [ "$bytes" -le $(($3 + 65536)) ] || fail "$1 has $bytes bytes, and had $3"
}
