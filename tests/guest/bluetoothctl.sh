# bluetoothctl as the other side: what cases with it share. Sourced after lib.sh and radio.sh.
# shellcheck shell=bash

# The iPhone's (protocol 3.1).
# shellcheck disable=SC2034 # for the cases
service=00004e56-73f5-4bc4-a12f-17d1ad07a667
characteristic=00004e56-73f5-4bc4-a12f-17d1ad07a689

# converse_bluetoothctl <name> <hciN>
converse_bluetoothctl() {
    converse "$1" bluetoothctl
    expect_in_file 20 "$guest_logs/$1.log" "Agent registered"
    order "$1" "select $(adapter_address "$2")"
}

# address_in <name> <text>: of the first line of a probe's that has it.
address_in() {
    [[ $(grep -m 1 -F "$2" "$guest_logs/$1.log") =~ \"address\":\ \"([0-9A-F:]+)\" ]] && echo "${BASH_REMATCH[1]}"
}

# read_by_bluetoothctl <name> <address> <bytes>: connects, and reads our characteristic.
read_by_bluetoothctl() {
    expect_soon 30 knows "$1" "$2"
    order "$1" "scan off" "Discovery stopped"
    order "$1" "connect $2" "Connection successful"
    expect_in_file 30 "$guest_logs/$1.log" "ServicesResolved: yes"
    order "$1" "gatt.select-attribute $characteristic"
    order "$1" gatt.read "$3"
    order "$1" "disconnect $2" "Successful disconnected"
}

# knows <name> <address>: bluetoothctl can say something of the device.
knows() {
    order "$1" "info $2"
    wait_until 2 in_file "$guest_logs/$1.log" "Device $2 ("
}
