#pragma once
#include <stddef.h>

// Each lives as long as the program.

/// Folded passwords, sorted by bytes, each ended by a line feed.
const unsigned char *assets_common_passwords(size_t *count);

/// The page `/docs`, its script and its style, in UTF-8.
const unsigned char *assets_docs_page(size_t *count);
const unsigned char *assets_docs_script(size_t *count);
const unsigned char *assets_docs_style(size_t *count);
