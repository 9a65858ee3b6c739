# SPDX-License-Identifier: MIT
# Completion of beacon-entrance's command line for bash. Options are what a command's own help lists.

_beacon_entrance_options() {
    "${COMP_WORDS[0]}" "$1" --help 2>/dev/null | sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p'
}

_beacon_entrance_radios() {
    local adapter
    echo auto
    for adapter in /sys/class/bluetooth/hci*; do
        [[ ! $adapter =~ /hci[0-9]+$ ]] || printf 'hci:%s\n' "${adapter##*/}"
    done
}

_beacon_entrance() {
    local commands='run calibrate diagnose report poster check-config pin'
    local command=run word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}

    COMPREPLY=()
    if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
        return
    fi
    [[ ${COMP_WORDS[1]} == -* ]] || command=${COMP_WORDS[1]}
    case $previous in
    --radio)
        mapfile -t COMPREPLY < <(compgen -W "$(_beacon_entrance_radios)" -- "$word")
        return
        ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'html csv json text' -- "$word"); return ;;
    --language) mapfile -t COMPREPLY < <(compgen -W 'vi en' -- "$word"); return ;;
    --mode) mapfile -t COMPREPLY < <(compgen -W 'attended walk_through share_only' -- "$word"); return ;;
    --person) mapfile -t COMPREPLY < <(compgen -W 'staff visitor' -- "$word"); return ;;
    --direction) mapfile -t COMPREPLY < <(compgen -W 'in out' -- "$word"); return ;;
    --config | --output | --*-file | --web-key | --web-certificate)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$(_beacon_entrance_options "$command")" -- "$word")
}

complete -F _beacon_entrance beacon-entrance
