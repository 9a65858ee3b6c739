# What the cases of the user channel share, after lib.sh: the program that does as it is told.
# shellcheck shell=bash

probe=${BEACON_BUILD:-}/tests/guest/user_probe
[ -x "$probe" ] || not_run "$probe is not built (BEACON_BUILD)"
told=/tmp/told # what it said last

# probe <order>…: to its end; its words in $told.
probe() {
    timeout 60 "$probe" "$@" >"$told" 2>&1
}

# probe_begin <order>…: in the background, until it waits for a line (its order "line").
probe_begin() {
    rm -f /run/guest/lines
    mkfifo /run/guest/lines
    timeout 60 "$probe" "$@" >"$told" 2>&1 <>/run/guest/lines &
    probe_process=$!
    expect_in_file 30 "$told" waiting
}

# probe_go_on: gives it the line, and waits for its end.
probe_go_on() {
    echo >/run/guest/lines
    wait "$probe_process" || { cat "$told"; fail "the probe ended with $?"; }
}

# daemon_lacks <hciN>
daemon_lacks() {
    [ -z "$(adapter_property "$1" Address)" ]
}

# power <hciN> true|false: by bluetoothd.
power() {
    timeout 10 dbus-send --system --print-reply --dest=org.bluez "/org/bluez/$1" org.freedesktop.DBus.Properties.Set \
        string:org.bluez.Adapter1 string:Powered "variant:boolean:$2" >/dev/null
}

is_unpowered() {
    [ "$(adapter_property "$1" Powered)" = false ]
}
