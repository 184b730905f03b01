// Files that the server serves, carried in the executable.
#ifndef TACOHELP_EMBEDDED_ASSETS_H
#define TACOHELP_EMBEDDED_ASSETS_H

#include <stddef.h>

struct embedded_asset {
  const unsigned char *_Nonnull bytes;
  size_t length;
};

// openapi.yaml, and openapi.json, which scripts/openapi makes of it.
struct embedded_asset embedded_openapi_yaml(void);
struct embedded_asset embedded_openapi_json(void);

#endif
