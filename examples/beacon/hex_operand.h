/* SPDX-License-Identifier: MIT */
/* Bytes typed as hexadecimal digits, or read from standard input. */
#ifndef TOOL_HEX_OPERAND_H
#define TOOL_HEX_OPERAND_H

#include <stddef.h>
#include <stdint.h>

/*
 * Digits in pairs, which spaces, colons or hyphens may part; "-" reads them from standard input.
 * 1 to `max` bytes. Returns an exit code, after a message when it is not EXIT_RAN.
 */
int hex_operand(const char *operand, size_t max, uint8_t ret_bytes[], size_t *ret_size);

#endif
