/* SPDX-License-Identifier: MIT */
/* The terminal that standard output may be. */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is_live(void)
{
    const char *terminal = getenv("TERM");

    return terminal != NULL && *terminal != '\0' && strcmp(terminal, "dumb") != 0 &&
           isatty(STDOUT_FILENO) == 1;
}

bool terminal_has_colour(void)
{
    const char *no_colour = getenv("NO_COLOR");

    return (no_colour == NULL || *no_colour == '\0') && terminal_is_live();
}

void terminal_size(int *ret_lines, int *ret_columns)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    *ret_lines = size.ws_row;
    *ret_columns = size.ws_col;
}
