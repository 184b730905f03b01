import Foundation
import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct SchemaTests {
  @Test("every table leads with its organization, in its key and in each index except global ones")
  func tenants() async throws {
    try await TestDatabase.with { database in
      _ = try await Schema.migrator.migrate(PostgresConfiguration(url: database.url))
      let leading = try await database.psql(
        """
        select c.relname || '.' || i.relname
          from pg_index x join pg_class i on i.oid = x.indexrelid
          join pg_class c on c.oid = x.indrelid
          join pg_namespace n on n.oid = c.relnamespace
          left join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
         where n.nspname = 'helpdesk' and a.attname is distinct from 'org_id'
           and c.relname <> 'organizations'
         order by 1
        """)
      // The key look-up, the worker's claim, its check of secrets and the pruning of what is old know no
      // organization; nor does signing in, which begins with an e-mail, and the tries to, most of which
      // never get one.
      #expect(
        leading.split(separator: "\n").map(String.init) == [
          "api_keys.api_keys_hash_idx", "deliveries.deliveries_finished_idx",
          "deliveries.deliveries_lease_idx", "deliveries.deliveries_queue_idx",
          "endpoint_secrets.endpoint_secrets_key_idx",
          "events.events_created_at_idx", "idempotency_keys.idempotency_keys_created_at_idx",
          "sessions.sessions_created_at_idx",
          "sessions.sessions_hash_idx",
          "sign_in_attempts.sign_in_attempts_last_at_idx",
          "sign_in_attempts.sign_in_attempts_pkey", "users.users_staff_email_idx",
        ])
      let unnamed = try await database.psql(
        """
        select conname from pg_constraint where connamespace = 'helpdesk'::regnamespace
           -- From PostgreSQL 18 on, not null is a constraint as well.
           and contype <> 'n'
           and conname !~ '_(pkey|key|fkey|check)$'
        """)
      #expect(unnamed.isEmpty)
    }
  }
}
