/* SPDX-License-Identifier: MIT */
/* Results as one JSON object, for programs. */
#include "report.h"

/* A string in quotes. */
static void put_text(FILE *stream, const char *text)
{
    fputc('"', stream);
    for (const char *at = text; *at; at++) {
        const unsigned char byte = (unsigned char)*at;

        if (byte == '"' || byte == '\\')
            fprintf(stream, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(stream, "\\u%04x", byte);
        else
            fputc(byte, stream);
    }
    fputc('"', stream);
}

static void put_member(FILE *stream, const char *name, const char *text)
{
    put_text(stream, name);
    fputs(": ", stream);
    put_text(stream, text);
    fputs(", ", stream);
}

static void put_heading(FILE *stream, const struct machine *machine)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    put_member(stream, "cpu", machine->cpu);
    put_member(stream, "kernel", machine->kernel);
    put_member(stream, "compiler", machine->compiler);
    put_member(stream, "flags", machine->flags);
    put_member(stream, "commit", machine->commit);
    put_member(stream, "version", machine->version);
    g_ascii_formatd(number, sizeof(number), "%.3f", machine->clock_ghz);
    fprintf(stream, "\"cores\": %u, \"clock_ghz\": %s,\n", machine->cores, number);
}

static void put_texts(FILE *stream, const char *name, const GPtrArray *texts)
{
    fprintf(stream, " \"%s\": [", name);
    for (guint i = 0; i < texts->len; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", stream);
        put_text(stream, texts->pdata[i]);
    }
    fputs("],\n", stream);
}

static void put_speed(FILE *stream, const char *name, double speed)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(number, sizeof(number), "%.6g", speed);
    fprintf(stream, "\"%s\": %s, ", name, number);
}

static void put_row(FILE *stream, const struct row *row)
{
    fputc('{', stream);
    put_member(stream, "bench", row->bench);
    put_member(stream, "case", row->case_name);
    put_member(stream, "subject", row->subject);
    put_member(stream, "unit", row->unit);
    put_speed(stream, "median", row->median);
    put_speed(stream, "min", row->min);
    put_speed(stream, "max", row->max);
    fprintf(stream, "\"runs\": %u}", row->runs);
}

void report_json(const struct report *report, FILE *stream)
{
    fputc('{', stream);
    put_heading(stream, &report->machine);
    put_texts(stream, "notes", report->notes);
    put_texts(stream, "errors", report->errors);
    fputs(" \"results\": [", stream);
    for (guint i = 0; i < report->rows->len; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", stream);
        put_row(stream, report->rows->pdata[i]);
    }
    fputs("]}\n", stream);
}
