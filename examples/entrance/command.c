/* SPDX-License-Identifier: MIT */
/* What the subcommands share. */
#include "command.h"

#include "say.h"

int said(GError *error, int code)
{
    say("%s", error->message);
    g_error_free(error);
    return code;
}
