import ArgumentParser
import Helpdesk
import Logging
import Observability
import Postgres

/// `tacohelp migrate`.
struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring the database's schema up to date.",
    discussion: """
      Safe to run from many servers at once, and again. Refuses a database that a newer version has \
      migrated, and one whose applied migrations differ from this executable's. If another \
      session, such as a dump, has locked what it changes, it retries for DATABASE_WAIT, then exits with 75.

      The roles tacohelp_app and tacohelp_ops, if the cluster has them, get the privileges that \
      servers and operators need, and no more.
      """)

  @Flag(
    help: """
      First make those of the roles tacohelp_owner, tacohelp_app and tacohelp_ops that the cluster \
      lacks; requires the right to create roles.
      """)
  var roles = false

  @OptionGroup(title: "Settings") var flags: SettingsFlags

  func run() async throws {
    var settings = try Settings(flags)
    let log = SettingsSource(flags).bootstrapLog()
    defer { log.flush(within: .seconds(1)) }
    settings.postgres.noticeLog = NoticeLog(Logger(label: "tacohelp"))
    let deadline = ContinuousClock.now + settings.databaseWait
    while true {
      do {
        let names = try await Schema.migrator.migrate(settings.postgres, makingRoles: roles)
        for name in names { print(name) }
        return
      } catch let error as MigrationError {
        guard case .locked(_, _, let applied) = error else { throw Failure(error) }
        for name in applied { print(name) }
        guard ContinuousClock.now < deadline else { throw Failure(error) }
        // Lets sessions that waited behind the migration go first.
        try await Task.sleep(for: .seconds(1))
      } catch PostgresError.cannotConnect(let message) {
        guard ContinuousClock.now < deadline else {
          throw Failure(PostgresError.cannotConnect(message))
        }
        try await Task.sleep(for: .milliseconds(200))
      } catch let error as PostgresError {
        throw Failure(error)
      }
    }
  }
}
