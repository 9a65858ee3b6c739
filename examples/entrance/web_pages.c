/* SPDX-License-Identifier: MIT */
/* The files that are compiled in, and the pages made of them when the program starts. */
#include "web_parts.h"

#include <stdarg.h>
#include <string.h>

GBytes *web_file(const char *name)
{
    for (const struct web_file *file = web_files; file->name != NULL; file++)
        if (strcmp(file->name, name) == 0)
            return g_bytes_new_static(file->bytes, file->size);
    g_assert_not_reached();
}

/* The value of a name; NULL when there is none. */
static const char *value_of(va_list list, const char *name, gsize length)
{
    const char *each;

    while ((each = va_arg(list, const char *)) != NULL) {
        const char *value = va_arg(list, const char *);

        if (strlen(each) == length && memcmp(each, name, length) == 0)
            return value;
    }
    return NULL;
}

GBytes *web_page_fill(const char *name, ...)
{
    GBytes *file = web_file(name);
    char *text = g_strndup(g_bytes_get_data(file, NULL), g_bytes_get_size(file));
    GString *page = g_string_new(NULL);
    const char *at = text, *open;

    while ((open = strstr(at, "{{")) != NULL) {
        const char *close = strstr(open, "}}");
        const char *value;
        va_list list;

        g_assert(close != NULL);
        va_start(list, name);
        value = value_of(list, open + 2, (gsize)(close - open) - 2);
        va_end(list);
        g_assert(value != NULL); /* each of our pages is filled with what it names */
        g_string_append_len(page, at, open - at);
        g_string_append(page, value);
        at = close + 2;
    }
    g_string_append(page, at);
    g_free(text);
    g_bytes_unref(file);
    return g_string_free_to_bytes(page);
}

static void put(GHashTable *pages, const char *path, GBytes *page)
{
    g_hash_table_insert(pages, g_strdup(path), page);
}

static const char *language_name(const struct web *web)
{
    return web->language == LANGUAGE_EN ? "en" : "vi";
}

static GBytes *screen(const struct web_listener *listener, const char *view)
{
    const struct web *web = listener->web;
    char *svg = web_code_svg(web->code);
    char *words = web_code_words(web->code);
    char *words_html = g_markup_escape_text(words, -1);
    GBytes *page = web_page_fill(
        "screen.html", "lang", language_name(web), "token", listener->token, "view", view, "place",
        listener->place == WEB_TLS ? "tls" : "local", "code", svg, "words", words_html, NULL);

    g_free(words_html);
    g_free(words);
    g_free(svg);
    return page;
}

static GBytes *report(const struct web_listener *listener)
{
    const struct web *web = listener->web;
    char *unit = g_markup_escape_text(web->unit != NULL ? web->unit : "", -1);
    GBytes *page = web_page_fill("report.html", "lang", language_name(web), "unit", unit,
                                 "official", web->settings != NULL ? "yes" : "no", NULL);

    g_free(unit);
    return page;
}

static GBytes *poster(const struct web *web)
{
    static const char style[] = "<link rel=\"icon\" href=\"/icon.svg\">"
                                "<link rel=\"stylesheet\" href=\"/poster.css\">";
    static const char back[] =
        "<nav class=\"back\"><a href=\"/\">‹ Màn hình cửa / Door screen</a></nav>\n";
    char *html = poster_html(web->code, web->unit, style, back);

    return g_bytes_new_take(html, strlen(html));
}

/* What needs nothing but to be read; everything else is made when it is asked for. */
GHashTable *web_pages_of(const struct web_listener *listener)
{
    static const char *const files[] = {
        "app.js", "report.js", "texts.js", "login.js", "style.css", "poster.css", "icon.svg",
    };
    GHashTable *pages =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);

    put(pages, "/style.css", web_file("style.css"));
    put(pages, "/icon.svg", web_file("icon.svg"));
    if (listener->place == WEB_TOTALS)
        return pages;
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        char *path = g_strconcat("/", files[i], NULL);

        put(pages, path, web_file(files[i]));
        g_free(path);
    }
    put(pages, "/", screen(listener, "both"));
    put(pages, "/door", screen(listener, "door"));
    put(pages, "/guard", screen(listener, "guard"));
    put(pages, "/report", report(listener));
    put(pages, "/poster", poster(listener->web));
    if (listener->place == WEB_TLS)
        put(pages, "/login",
            web_page_fill("login.html", "lang", language_name(listener->web), "token",
                          listener->token, NULL));
    return pages;
}
