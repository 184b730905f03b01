#include "EmbeddedAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi_yaml[] = {
#embed "../../openapi.yaml"
};
static const unsigned char openapi_json[] = {
#embed "../../openapi.json"
};

struct embedded_asset embedded_openapi_yaml(void) {
  return (struct embedded_asset){openapi_yaml, sizeof openapi_yaml};
}

struct embedded_asset embedded_openapi_json(void) {
  return (struct embedded_asset){openapi_json, sizeof openapi_json};
}
