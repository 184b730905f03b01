import ArgumentParser
import Helpdesk
import Postgres

/// `tacohelp migrate`.
struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring the database's schema up to date.",
    discussion: """
      Safe to run from many servers at once, and again. Refuses a database that a newer version has \
      migrated, and one whose applied migrations differ from this executable's.
      """)

  @OptionGroup(title: "Settings") var flags: SettingsFlags

  func run() async throws {
    let settings = try Settings(flags)
    let deadline = ContinuousClock.now + settings.databaseWait
    while true {
      do {
        let names = try await Schema.migrator.migrate(settings.postgres)
        for name in names { print(name) }
        return
      } catch let error as MigrationError {
        throw Failure.software("\(error)")
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
