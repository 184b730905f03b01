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

// The samples of docs/receivers, which verify webhooks; ends with null.
struct embedded_receiver {
  const char *_Nullable language;
  const char *_Nullable file;
  const char *_Nullable text;
};
const struct embedded_receiver *_Nonnull embedded_receivers_list(void);

#endif
