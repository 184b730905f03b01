// A new file in sql/migrations or sql/ops needs its lines here; a test compares the lists with the
// folders.
#include "EmbeddedSQL.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char organizations[] = {
#embed "../../sql/migrations/0001_organizations.sql" suffix(, 0)
};
static const char rate_limits[] = {
#embed "../../sql/migrations/0002_rate_limits.sql" suffix(, 0)
};
static const char tickets[] = {
#embed "../../sql/migrations/0003_tickets.sql" suffix(, 0)
};
static const char chat[] = {
#embed "../../sql/migrations/0004_chat.sql" suffix(, 0)
};
static const char webhooks[] = {
#embed "../../sql/migrations/0005_webhooks.sql" suffix(, 0)
};

const struct embedded_sql embedded_migrations[] = {
    {"0001_organizations.sql", organizations},
    {"0002_rate_limits.sql", rate_limits},
    {"0003_tickets.sql", tickets},
    {"0004_chat.sql", chat},
    {"0005_webhooks.sql", webhooks},
    {0, 0},
};

const struct embedded_sql embedded_ops[] = {
    {0, 0},
};
