// zlib, and what it has only as a macro.
#include <zlib.h>

// Begins a gzip stream (RFC 1952).
static inline int gzip_init(z_streamp stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
}
