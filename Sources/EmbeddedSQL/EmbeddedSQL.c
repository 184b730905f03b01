// A new file in sql/migrations, sql/functions or sql/ops needs its lines here; a test compares the lists with
// the folders.
#include "EmbeddedSQL.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const struct embedded_sql migrations[] = {
    {"0001_email_key.sql", (const char[]){
#embed "../../sql/migrations/0001_email_key.sql" suffix(, 0)
    }},
    {"0002_organizations.sql", (const char[]){
#embed "../../sql/migrations/0002_organizations.sql" suffix(, 0)
    }},
    {"0003_rate_limits.sql", (const char[]){
#embed "../../sql/migrations/0003_rate_limits.sql" suffix(, 0)
    }},
    {"0004_tickets.sql", (const char[]){
#embed "../../sql/migrations/0004_tickets.sql" suffix(, 0)
    }},
    {"0005_chat.sql", (const char[]){
#embed "../../sql/migrations/0005_chat.sql" suffix(, 0)
    }},
    {"0006_idempotency_keys.sql", (const char[]){
#embed "../../sql/migrations/0006_idempotency_keys.sql" suffix(, 0)
    }},
    {"0007_webhooks.sql", (const char[]){
#embed "../../sql/migrations/0007_webhooks.sql" suffix(, 0)
    }},
    {"0008_console.sql", (const char[]){
#embed "../../sql/migrations/0008_console.sql" suffix(, 0)
    }},
    {0, 0},
};

static const struct embedded_sql functions[] = {
    {"all_organizations.sql", (const char[]){
#embed "../../sql/functions/all_organizations.sql" suffix(, 0)
    }},
    {"audit.sql", (const char[]){
#embed "../../sql/functions/audit.sql" suffix(, 0)
    }},
    {"chat.sql", (const char[]){
#embed "../../sql/functions/chat.sql" suffix(, 0)
    }},
    {"clients.sql", (const char[]){
#embed "../../sql/functions/clients.sql" suffix(, 0)
    }},
    {"deliveries.sql", (const char[]){
#embed "../../sql/functions/deliveries.sql" suffix(, 0)
    }},
    {"endpoints.sql", (const char[]){
#embed "../../sql/functions/endpoints.sql" suffix(, 0)
    }},
    {"erasure.sql", (const char[]){
#embed "../../sql/functions/erasure.sql" suffix(, 0)
    }},
    {"events.sql", (const char[]){
#embed "../../sql/functions/events.sql" suffix(, 0)
    }},
    {"idempotency.sql", (const char[]){
#embed "../../sql/functions/idempotency.sql" suffix(, 0)
    }},
    {"ids.sql", (const char[]){
#embed "../../sql/functions/ids.sql" suffix(, 0)
    }},
    {"keys.sql", (const char[]){
#embed "../../sql/functions/keys.sql" suffix(, 0)
    }},
    {"limits.sql", (const char[]){
#embed "../../sql/functions/limits.sql" suffix(, 0)
    }},
    {"organizations.sql", (const char[]){
#embed "../../sql/functions/organizations.sql" suffix(, 0)
    }},
    {"people.sql", (const char[]){
#embed "../../sql/functions/people.sql" suffix(, 0)
    }},
    {"sessions.sql", (const char[]){
#embed "../../sql/functions/sessions.sql" suffix(, 0)
    }},
    {"tickets.sql", (const char[]){
#embed "../../sql/functions/tickets.sql" suffix(, 0)
    }},
    {0, 0},
};

static const struct embedded_sql ops[] = {
    {"00_schema.sql", (const char[]){
#embed "../../sql/ops/00_schema.sql" suffix(, 0)
    }},
    {"10_organizations.sql", (const char[]){
#embed "../../sql/ops/10_organizations.sql" suffix(, 0)
    }},
    {"20_users.sql", (const char[]){
#embed "../../sql/ops/20_users.sql" suffix(, 0)
    }},
    {"25_tickets.sql", (const char[]){
#embed "../../sql/ops/25_tickets.sql" suffix(, 0)
    }},
    {"30_api_keys.sql", (const char[]){
#embed "../../sql/ops/30_api_keys.sql" suffix(, 0)
    }},
    {"40_rate_limits.sql", (const char[]){
#embed "../../sql/ops/40_rate_limits.sql" suffix(, 0)
    }},
    {"50_endpoints.sql", (const char[]){
#embed "../../sql/ops/50_endpoints.sql" suffix(, 0)
    }},
    {"60_deliveries.sql", (const char[]){
#embed "../../sql/ops/60_deliveries.sql" suffix(, 0)
    }},
    {"70_audit_trail.sql", (const char[]){
#embed "../../sql/ops/70_audit_trail.sql" suffix(, 0)
    }},
    {"80_erasure.sql", (const char[]){
#embed "../../sql/ops/80_erasure.sql" suffix(, 0)
    }},
    {0, 0},
};

static const char roles[] = {
#embed "../../sql/roles.sql" suffix(, 0)
};

static const char grants[] = {
#embed "../../sql/grants.sql" suffix(, 0)
};

static const char squash[] = {
#embed "../../sql/squash.sql" suffix(, 0)
};

const struct embedded_sql *embedded_migrations_list(void) { return migrations; }
const struct embedded_sql *embedded_functions_list(void) { return functions; }
const struct embedded_sql *embedded_ops_list(void) { return ops; }
const char *embedded_roles(void) { return roles; }
const char *embedded_grants(void) { return grants; }
const char *embedded_squash(void) { return squash; }
