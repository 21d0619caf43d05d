#pragma once
#include <stddef.h>

/// Folded passwords, sorted by bytes, each ended by a line feed. Lives as long as the program.
const unsigned char *assets_common_passwords(size_t *count);
