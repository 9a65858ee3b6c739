/* SPDX-License-Identifier: MIT */
/* The poster: what to do, the spot in its true size, and the waiting line; to print on A4. */
#include "web_parts.h"

#include "say.h"

#include <errno.h>
#include <string.h>

/* style: how the page gets its style sheet; back: a way back, or ""; both HTML. The caller frees
 * it. */
char *poster_html(const char *code, const char *unit, const char *style, const char *back)
{
    char *svg = web_code_svg(code);
    char *words = web_code_words(code);
    char *spoken_vi = web_code_spoken(code, LANGUAGE_VI);
    char *spoken_en = web_code_spoken(code, LANGUAGE_EN);
    char *unit_html = g_markup_escape_text(unit != NULL ? unit : "", -1);
    char *words_html = g_markup_escape_text(words, -1);
    char *vi_html = g_markup_escape_text(spoken_vi, -1);
    char *en_html = g_markup_escape_text(spoken_en, -1);
    GBytes *page =
        web_page_fill("poster.html", "style", style, "back", back, "code", svg, "words", words_html,
                      "spoken_vi", vi_html, "spoken_en", en_html, "unit", unit_html, NULL);
    char *result = g_strndup(g_bytes_get_data(page, NULL), g_bytes_get_size(page));

    g_bytes_unref(page);
    g_free(en_html);
    g_free(vi_html);
    g_free(words_html);
    g_free(unit_html);
    g_free(spoken_en);
    g_free(spoken_vi);
    g_free(words);
    g_free(svg);
    return result;
}

gboolean poster_write(FILE *out, const struct poster_options *options, GError **error)
{
    const char *code = options->code != NULL && *options->code != '\0' ? options->code : WEB_CODE;
    GBytes *sheet;
    char *style, *page;
    gboolean written;

    if (!web_code_check(code, error))
        return FALSE;
    sheet = web_file("poster.css");
    style = g_strdup_printf("<style>\n%.*s</style>", (int)g_bytes_get_size(sheet),
                            (const char *)g_bytes_get_data(sheet, NULL));
    page = poster_html(code, options->unit, style, "");
    written = fputs(page, out) >= 0 && fflush(out) == 0;
    if (!written)
        g_set_error(error, WEB_ERROR, WEB_ERROR_IO, _("cannot write the poster: %s"),
                    g_strerror(errno));
    g_free(page);
    g_free(style);
    g_bytes_unref(sheet);
    return written;
}
