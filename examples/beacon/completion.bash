# SPDX-License-Identifier: MIT
# Completion of beacon's command line for bash.

_beacon_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_beacon_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
}

# Where the key of an encounter log comes from.
_beacon_keys='--key --passphrase-file --passphrase-prompt --credential'

# The options of one command, as "beacon COMMAND --help" lists them.
_beacon_options() {
    case $1 in
    'identity new') echo --slots --help ;;
    'identity show') echo --at --json --help ;;
    'identity table') echo --day --json --help ;;
    'identity report') echo --days --help ;;
    derive) echo --daily-key --start --slots --json --help ;;
    'advert encode') echo --iphone --help ;;
    'advert decode') echo --json --help ;;
    match)
        echo --keys --trace --store "$_beacon_keys" --cycle --strict --tolerance --require-signed --threads --keep-going \
            --json --html --help
        ;;
    'keys new') echo --help ;;
    'keys pack') echo --output --region --days --key --help ;;
    'keys unpack') echo --help ;;
    'keys info') echo --json --help ;;
    'keys sign') echo --key --help ;;
    'keys verify') echo --signer --at --help ;;
    sim) echo --truth --set --json --help ;;
    advertise)
        echo --radio --identity --cycle --interval --form --serve --no-serve --not-connectable --take --for \
            --speed --set --json --help
        ;;
    scan)
        echo --radio --cycle --active --monitor --interval --window --json --trace --identity --record --all --no-visits \
            --take --for --speed --set --help
        ;;
    run)
        echo --radio --identity --store "$_beacon_keys" --cycle --form --retention --clock-is-right --take --for --speed --set \
            --status-every --json --help
        ;;
    'log show') echo --store "$_beacon_keys" --from --to --cycle --json --help ;;
    'log export') echo --store "$_beacon_keys" --from --to --help ;;
    'log import') echo --store "$_beacon_keys" --help ;;
    'log purge') echo --store "$_beacon_keys" --before --older-than --undated --help ;;
    'log check') echo --store "$_beacon_keys" --json --help ;;
    'log salvage') echo "$_beacon_keys" --json --help ;;
    'radio list' | 'radio diagnose') echo --json --help ;;
    esac
}

_beacon() {
    local command=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}

    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _beacon_words 'identity derive advert match keys advertise scan run log radio sim --help --version'
        return
    fi
    case $command in
    identity)
        if ((COMP_CWORD == 2)); then
            _beacon_words 'new show table report --help'
            return
        fi
        command+=" ${COMP_WORDS[2]}"
        ;;
    keys)
        if ((COMP_CWORD == 2)); then
            _beacon_words 'new pack unpack info sign verify --help'
            return
        fi
        command+=" ${COMP_WORDS[2]}"
        ;;
    log)
        if ((COMP_CWORD == 2)); then
            _beacon_words 'show export import purge check salvage --help'
            return
        fi
        command+=" ${COMP_WORDS[2]}"
        ;;
    radio)
        if ((COMP_CWORD == 2)); then
            _beacon_words 'list diagnose --help'
            return
        fi
        command+=" ${COMP_WORDS[2]}"
        ;;
    advert)
        if ((COMP_CWORD == 2)); then
            _beacon_words 'encode decode --help'
            return
        fi
        command+=" ${COMP_WORDS[2]}"
        ;;
    esac
    case $previous in
    --keys | --trace | --output | --key | --identity | --record | --truth | --store | --passphrase-file | --html)
        _beacon_files
        return
        ;;
    --radio)
        compopt -o nospace 2>/dev/null
        _beacon_words 'auto hci: bluez: h4: capture: sim:'
        return
        ;;
    :) # bash makes three words of capture:FILE
        _beacon_files
        return
        ;;
    --form)
        _beacon_words 'android iphone'
        return
        ;;
    --iphone)
        _beacon_words 'open background'
        return
        ;;
    --slots | --at | --day | --days | --daily-key | --start | --tolerance | --require-signed | --threads | --region | --signer | --set)
        return
        ;;
    --cycle | --interval | --window | --for | --speed | --credential | --retention | --status-every | --from | --to | \
        --before | --older-than)
        return
        ;;
    esac
    case $command in
    'identity '* | 'keys '* | 'log import' | 'log salvage' | sim)
        if [[ $word != -* ]]; then
            _beacon_files
            return
        fi
        ;;
    esac
    _beacon_words "$(_beacon_options "$command")"
}

complete -F _beacon beacon
