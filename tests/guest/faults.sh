# What the cases of faults share: two probes that live through all of it, "heard" on one adapter and "said" on the other.
# Sourced after lib.sh and radio.sh; the case has the functions hear and say, which start them, with what they are given.
# shellcheck shell=bash

sender=$(adapter_address hci0)
listener=$(adapter_address hci1)
identifier=C1C2C3C4C5C6C7C8C9CACB

begin() {
    hear
    expect_line 30 heard '"state": "ready"'
    say
    expect_line 20 heard "\"identifier\": \"$identifier"
}

# flows_again: both, in what they say from now on. Twelve seconds, of which two are the guest's.
flows_again() {
    local guest_patience=1
    forget_lines heard
    forget_lines said
    expect_line 12 said '"event": "rotation"'
    expect_line 12 heard "\"identifier\": \"$identifier"
}

# tells <name> <text>: that it is lost, and why.
tells() {
    expect_line 15 "$1" '"state": "lost"' "$2"
}

# tells_all <name> <text>…: health has said these in this round, in this order.
tells_all() {
    local whole text
    whole=$(tail -n "+$((${round_from[$1]} + 1))" "$guest_logs/$1.log" | grep -F '"event": "health"')
    for text in "${@:2}"; do
        [[ $whole == *"$text"* ]] || { echo "$whole"; fail "$1 did not tell in its turn: $text"; }
        whole=${whole#*"$text"}
    done
}

# go_through <rounds> <a round>: and there is no leak; what the first round has brought is what the others may hold.
go_through() {
    local round before_heard before_said
    local -A round_from
    for ((round = 1; round <= $1; round++)); do
        round_from=([heard]=$(wc -l <"$guest_logs/heard.log") [said]=$(wc -l <"$guest_logs/said.log"))
        "$2"
        if [ "$round" -eq 1 ]; then
            before_heard=$(holdings heard)
            before_said=$(holdings said)
        fi
    done
    # shellcheck disable=SC2086 # two numbers
    [ "$1" -eq 1 ] || { expect_no_leak heard $before_heard; expect_no_leak said $before_said; }
}

# is_killed <name> <function>: with no chance to take leave, and started again.
is_killed() {
    stop "$1" KILL
    "$2"
    expect_line 30 "$1" '"state": "ready"'
    forget_lines heard
    expect_line 20 heard "\"identifier\": \"$identifier"
}

# block <hciN> 1|0: by rfkill.
block() {
    echo "$2" >"$(dirname "$(grep -lx "$1" /sys/class/rfkill/*/name)")/soft"
}
