#pragma once
#include <stddef.h>

// Each lives as long as the program.

/// Folded passwords, sorted by bytes, each ended by a line feed.
const unsigned char *assets_common_passwords(size_t *count);

/// The page `/docs`, its script and its style, in UTF-8.
const unsigned char *assets_docs_page(size_t *count);
const unsigned char *assets_docs_script(size_t *count);
const unsigned char *assets_docs_style(size_t *count);

/// The style of the hosted pages, in UTF-8.
const unsigned char *assets_pages_style(size_t *count);

/// The script of the pages whose form a proof of work goes with, in UTF-8.
const unsigned char *assets_pages_work(size_t *count);
