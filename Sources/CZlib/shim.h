#pragma once
#include <zlib.h>

/// `deflateInit2` is a macro, which Swift does not see. 31: a window of 32 KiB, and the gzip format around it.
static inline int zlib_begin_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
}

/// `inflateInit2` is one as well. 31: the gzip format and nothing else.
static inline int zlib_begin_gunzip(z_stream *stream) { return inflateInit2(stream, 31); }
