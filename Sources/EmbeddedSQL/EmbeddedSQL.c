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
static const char webhook_queue[] = {
#embed "../../sql/migrations/0006_webhook_queue.sql" suffix(, 0)
};
static const char console[] = {
#embed "../../sql/migrations/0007_console.sql" suffix(, 0)
};
static const char webhook_settings[] = {
#embed "../../sql/migrations/0008_webhook_settings.sql" suffix(, 0)
};
static const char invitations[] = {
#embed "../../sql/migrations/0009_invitations.sql" suffix(, 0)
};
static const char admission_plan[] = {
#embed "../../sql/migrations/0010_admission_plan.sql" suffix(, 0)
};
static const char idempotency_keys[] = {
#embed "../../sql/migrations/0011_idempotency_keys.sql" suffix(, 0)
};
static const char sealed_secrets[] = {
#embed "../../sql/migrations/0012_sealed_secrets.sql" suffix(, 0)
};
static const char search_paths[] = {
#embed "../../sql/migrations/0013_search_paths.sql" suffix(, 0)
};
static const char secret_keys_in_use[] = {
#embed "../../sql/migrations/0014_secret_keys_in_use.sql" suffix(, 0)
};
static const char admission_batch[] = {
#embed "../../sql/migrations/0015_admission_batch.sql" suffix(, 0)
};
static const char next_moment[] = {
#embed "../../sql/migrations/0016_next_moment.sql" suffix(, 0)
};
static const char admission_clock[] = {
#embed "../../sql/migrations/0017_admission_clock.sql" suffix(, 0)
};
static const char failing_since[] = {
#embed "../../sql/migrations/0018_failing_since.sql" suffix(, 0)
};
static const char ops_made[] = {
#embed "../../sql/migrations/0019_ops_made.sql" suffix(, 0)
};
static const char email_key[] = {
#embed "../../sql/migrations/0020_email_key.sql" suffix(, 0)
};
static const char item_counts[] = {
#embed "../../sql/migrations/0021_item_counts.sql" suffix(, 0)
};
static const char audit_of_ended_organizations[] = {
#embed "../../sql/migrations/0022_audit_of_ended_organizations.sql" suffix(, 0)
};
static const char tickets_by_people[] = {
#embed "../../sql/migrations/0023_tickets_by_people.sql" suffix(, 0)
};
static const char comments_by_author[] = {
#embed "../../sql/migrations/0024_comments_by_author.sql" suffix(, 0)
};
static const char messages_by_sender[] = {
#embed "../../sql/migrations/0025_messages_by_sender.sql" suffix(, 0)
};
static const char events_by_ticket[] = {
#embed "../../sql/migrations/0026_events_by_ticket.sql" suffix(, 0)
};
static const char conversations_by_visitor[] = {
#embed "../../sql/migrations/0027_conversations_by_visitor.sql" suffix(, 0)
};
static const char keys_by_creator[] = {
#embed "../../sql/migrations/0028_keys_by_creator.sql" suffix(, 0)
};
static const char event_traceparent[] = {
#embed "../../sql/migrations/0029_event_traceparent.sql" suffix(, 0)
};
static const char ops_schema[] = {
#embed "../../sql/ops/00_schema.sql" suffix(, 0)
};
static const char ops_audit[] = {
#embed "../../sql/ops/05_audit.sql" suffix(, 0)
};
static const char ops_organizations[] = {
#embed "../../sql/ops/10_organizations.sql" suffix(, 0)
};
static const char ops_users[] = {
#embed "../../sql/ops/20_users.sql" suffix(, 0)
};
static const char ops_api_keys[] = {
#embed "../../sql/ops/30_api_keys.sql" suffix(, 0)
};
static const char ops_rate_limits[] = {
#embed "../../sql/ops/40_rate_limits.sql" suffix(, 0)
};
static const char ops_endpoint_changes[] = {
#embed "../../sql/ops/45_endpoint_changes.sql" suffix(, 0)
};
static const char ops_endpoint_states[] = {
#embed "../../sql/ops/46_endpoint_states.sql" suffix(, 0)
};
static const char ops_endpoints[] = {
#embed "../../sql/ops/50_endpoints.sql" suffix(, 0)
};
static const char ops_deliveries[] = {
#embed "../../sql/ops/60_deliveries.sql" suffix(, 0)
};
static const char ops_audit_trail[] = {
#embed "../../sql/ops/70_audit_trail.sql" suffix(, 0)
};
static const char ops_erasure[] = {
#embed "../../sql/ops/80_erasure.sql" suffix(, 0)
};
static const char roles[] = {
#embed "../../sql/roles.sql" suffix(, 0)
};
static const char grants[] = {
#embed "../../sql/grants.sql" suffix(, 0)
};

static const struct embedded_sql migrations[] = {
    {"0001_organizations.sql", organizations},
    {"0002_rate_limits.sql", rate_limits},
    {"0003_tickets.sql", tickets},
    {"0004_chat.sql", chat},
    {"0005_webhooks.sql", webhooks},
    {"0006_webhook_queue.sql", webhook_queue},
    {"0007_console.sql", console},
    {"0008_webhook_settings.sql", webhook_settings},
    {"0009_invitations.sql", invitations},
    {"0010_admission_plan.sql", admission_plan},
    {"0011_idempotency_keys.sql", idempotency_keys},
    {"0012_sealed_secrets.sql", sealed_secrets},
    {"0013_search_paths.sql", search_paths},
    {"0014_secret_keys_in_use.sql", secret_keys_in_use},
    {"0015_admission_batch.sql", admission_batch},
    {"0016_next_moment.sql", next_moment},
    {"0017_admission_clock.sql", admission_clock},
    {"0018_failing_since.sql", failing_since},
    {"0019_ops_made.sql", ops_made},
    {"0020_email_key.sql", email_key},
    {"0021_item_counts.sql", item_counts},
    {"0022_audit_of_ended_organizations.sql", audit_of_ended_organizations},
    {"0023_tickets_by_people.sql", tickets_by_people},
    {"0024_comments_by_author.sql", comments_by_author},
    {"0025_messages_by_sender.sql", messages_by_sender},
    {"0026_events_by_ticket.sql", events_by_ticket},
    {"0027_conversations_by_visitor.sql", conversations_by_visitor},
    {"0028_keys_by_creator.sql", keys_by_creator},
    {"0029_event_traceparent.sql", event_traceparent},
    {0, 0},
};

static const struct embedded_sql ops[] = {
    {"00_schema.sql", ops_schema},
    {"05_audit.sql", ops_audit},
    {"10_organizations.sql", ops_organizations},
    {"20_users.sql", ops_users},
    {"30_api_keys.sql", ops_api_keys},
    {"40_rate_limits.sql", ops_rate_limits},
    {"45_endpoint_changes.sql", ops_endpoint_changes},
    {"46_endpoint_states.sql", ops_endpoint_states},
    {"50_endpoints.sql", ops_endpoints},
    {"60_deliveries.sql", ops_deliveries},
    {"70_audit_trail.sql", ops_audit_trail},
    {"80_erasure.sql", ops_erasure},
    {0, 0},
};

const struct embedded_sql *embedded_migrations_list(void) { return migrations; }
const struct embedded_sql *embedded_ops_list(void) { return ops; }
const char *embedded_roles(void) { return roles; }
const char *embedded_grants(void) { return grants; }
