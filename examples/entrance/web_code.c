/* SPDX-License-Identifier: MIT */
/* The address that visitors scan: as a QR code, in words to read, and in words to hear. */
#include "web_parts.h"

#include "say.h"

#include <qrencode.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_MAX = 200, QUIET = 4 /* modules around it that must stay white */ };

gboolean web_code_check(const char *code, GError **error)
{
    gboolean sound = strlen(code) <= CODE_MAX &&
                     (g_str_has_prefix(code, "https://") || g_str_has_prefix(code, "http://"));
    GUri *uri = sound ? g_uri_parse(code, G_URI_FLAGS_NONE, NULL) : NULL;

    sound = uri != NULL && g_uri_get_host(uri) != NULL && *g_uri_get_host(uri) != '\0';
    g_clear_pointer(&uri, g_uri_unref);
    for (const char *at = code; sound && *at != '\0'; at++)
        sound = g_ascii_isgraph(*at) && strchr("<>\"'`\\{}|^", *at) == NULL;
    if (!sound)
        g_set_error(error, WEB_ERROR, WEB_ERROR_ADDRESS,
                    _("\"%s\" is not a web address of %d characters at most, as in \"%s\""), code,
                    CODE_MAX, WEB_CODE);
    return sound;
}

/* One row's dark modules as rectangles of a path. */
static void add_row(GString *path, const QRcode *code, int y)
{
    int x = 0;

    while (x < code->width) {
        int begin = x;

        while (x < code->width && (code->data[y * code->width + x] & 1) != 0)
            x++;
        if (x > begin)
            g_string_append_printf(path, "M%d %dh%dv1h-%dz", begin + QUIET, y + QUIET, x - begin,
                                   x - begin);
        x++;
    }
}

char *web_code_svg(const char *text)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    GString *svg;
    int side;

    if (code == NULL) /* only without memory: the length was checked */
        g_error("QR code: %s", g_strerror(errno));
    side = code->width + 2 * QUIET;
    svg = g_string_new(NULL);
    g_string_append_printf(svg,
                           "<svg class=\"code\" viewBox=\"0 0 %d %d\" role=\"img\" "
                           "shape-rendering=\"crispEdges\" aria-label=\"%s\">"
                           "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path d=\"",
                           side, side, text, side, side);
    for (int y = 0; y < code->width; y++)
        add_row(svg, code, y);
    g_string_append(svg, "\"/></svg>");
    QRcode_free(code);
    return g_string_free(svg, FALSE);
}

char *web_code_words(const char *code)
{
    char *words = g_strdup(strstr(code, "://") + 3);

    if (*words != '\0' && strchr(words, '/') == words + strlen(words) - 1)
        words[strlen(words) - 1] = '\0';
    return words;
}

char *web_code_spoken(const char *code, enum language language)
{
    char *words = web_code_words(code);
    GString *spoken = g_string_new(NULL);

    for (const char *at = words; *at != '\0'; at++)
        switch (*at) {
        case '.':
            g_string_append(spoken, language == LANGUAGE_EN ? " dot " : " chấm ");
            break;
        case '/':
            g_string_append(spoken, language == LANGUAGE_EN ? " slash " : " gạch chéo ");
            break;
        case '-':
            g_string_append(spoken, language == LANGUAGE_EN ? " hyphen " : " gạch nối ");
            break;
        default:
            g_string_append_c(spoken, *at);
        }
    g_free(words);
    return g_string_free(spoken, FALSE);
}
