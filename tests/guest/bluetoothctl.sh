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

# read_by_bluetoothctl <name> <bytes>: once it has found an iPhone with the app open, which calls itself so, it connects,
# and reads its characteristic.
read_by_bluetoothctl() {
    local address
    expect_soon 30 knows_iphone "$1"
    [[ $(<"$guest_logs/$1.log") =~ Device\ ([0-9A-F:]{17})\ Bluezone ]]
    address=${BASH_REMATCH[1]}
    order "$1" "scan off" "Discovery stopped"
    order "$1" "connect $address" "Connection successful"
    expect_in_file 30 "$guest_logs/$1.log" "ServicesResolved: yes"
    order "$1" "gatt.select-attribute $characteristic"
    order "$1" gatt.read "$2"
    order "$1" "disconnect $address" "Successful disconnected"
}

knows_iphone() {
    order "$1" devices
    wait_until 2 in_file "$guest_logs/$1.log" " Bluezone"
}
