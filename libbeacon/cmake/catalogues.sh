#!/bin/bash
# Gettext catalogues: `update` brings po/ up to the sources, `check` fails where it is behind them.
#   catalogues.sh update|check <domain> <folder>
# Every *.c and *.h under the folder belongs to the domain, and those of a folder common beside it.
set -euo pipefail

# The template as the sources have it; dates left out, so that it changes with the texts alone.
extract() {
    (cd "$folder" && find . $common -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort |
        xgettext --files-from=- --output=- --from-code=UTF-8 --language=C --package-name="$domain" --add-comments=T: \
            --add-location=file --no-wrap --keyword --keyword=_ --keyword=N_ --keyword=Q_:1g --keyword=C_:1c,2 \
            --keyword=NC_:1c,2 --keyword=gettext --keyword=dgettext:2 --keyword=ngettext:1,2 --keyword=dngettext:2,3 \
            --keyword=g_dgettext:2 --keyword=g_dngettext:2,3 --flag=g_strdup_printf:1:c-format \
            --flag=g_set_error:4:c-format --flag=g_string_append_printf:2:c-format) |
        sed -e '/^"POT-Creation-Date:/d' -e '/^# \(SOME DESCRIPTIVE\|Copyright\|FIRST AUTHOR\)/d' \
            -e '/^# This file is/d' -e '/^#$/d' -e 's/charset=CHARSET/charset=UTF-8/'
}

update() {
    mkdir -p "$folder/po"
    extract >"$folder/po/$domain.pot"
    for po in "$folder"/po/*.po; do
        [ -e "$po" ] || continue
        msgmerge --quiet --no-wrap --add-location=file --no-fuzzy-matching --update --backup=none "$po" "$folder/po/$domain.pot"
        sed -i -e '/^"POT-Creation-Date:/d' "$po"
    done
}

check() {
    local status=0
    fresh=$(mktemp)
    trap 'rm -f "$fresh"' EXIT
    extract >"$fresh"
    if ! diff -u "$folder/po/$domain.pot" "$fresh"; then
        echo "$folder/po/$domain.pot is behind the sources: build the target update-po" >&2
        status=1
    fi
    for po in "$folder"/po/*.po; do
        msgfmt --check --output-file=/dev/null "$po" || status=1
        msgcmp "$po" "$fresh" || status=1 # every text translated, none fuzzy
    done
    return "$status"
}

if [ $# -ne 3 ] || [[ $1 != update && $1 != check ]]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
for tool in xgettext msgmerge msgcmp msgfmt; do
    if ! command -v "$tool" >/dev/null; then
        echo "not run: $tool is missing (Debian: gettext)" >&2
        exit 77
    fi
done
domain=$2
folder=$(cd "$3" && pwd)
common=$([ ! -d "$folder/../common" ] || echo ../common)
"$1"
