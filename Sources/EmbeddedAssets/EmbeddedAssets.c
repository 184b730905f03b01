#include "EmbeddedAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi_yaml[] = {
#embed "../../openapi.yaml"
};
static const unsigned char openapi_json[] = {
#embed "../../openapi.json"
};

static const char verify_mjs[] = {
#embed "../../docs/receivers/verify.mjs" suffix(, 0)
};
static const char verify_py[] = {
#embed "../../docs/receivers/verify.py" suffix(, 0)
};
static const char verify_go[] = {
#embed "../../docs/receivers/verify.go" suffix(, 0)
};
static const char verify_swift[] = {
#embed "../../docs/receivers/Verify.swift" suffix(, 0)
};
static const char verify_sh[] = {
#embed "../../docs/receivers/verify.sh" suffix(, 0)
};

static const struct embedded_receiver receivers[] = {
    {"Node.js", "verify.mjs", verify_mjs}, {"Python", "verify.py", verify_py},
    {"Go", "verify.go", verify_go},        {"Swift", "Verify.swift", verify_swift},
    {"Shell", "verify.sh", verify_sh},     {0, 0, 0},
};

const struct embedded_receiver *embedded_receivers_list(void) { return receivers; }

struct embedded_asset embedded_openapi_yaml(void) {
  return (struct embedded_asset){openapi_yaml, sizeof openapi_yaml};
}

struct embedded_asset embedded_openapi_json(void) {
  return (struct embedded_asset){openapi_json, sizeof openapi_json};
}
