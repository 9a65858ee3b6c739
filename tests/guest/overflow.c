/* SPDX-License-Identifier: MIT */
/* Prints its argument out of a heap block with room for 0 to 7: with 8, one past the end. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int *numbers = calloc(8, sizeof(*numbers));
    int i, at = argc > 1 ? atoi(argv[1]) : 0;

    if (numbers == NULL)
        return 1;
    for (i = 0; i < 8; i++)
        numbers[i] = i;
    printf("%d\n", numbers[at]);
    free(numbers);
    return 0;
}
