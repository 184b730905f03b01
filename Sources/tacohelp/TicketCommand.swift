import ArgumentParser
import Helpdesk
import Postgres

#if canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Musl)
  @preconcurrency import Musl
#endif

/// `tacohelp ticket`.
struct TicketCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ticket", abstract: "Tickets.", subcommands: [Delete.self])

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete tickets for good, and print the id of each when it is gone.",
      discussion: """
        With its comments, its events and their deliveries. Tickets that were merged into one stay, \
        closed. Servers go on meanwhile. Interrupted, run it again.

        Example: tacohelp ticket delete "$TICKET"
        """)

    @Argument(help: "The tickets' ids.") var ids: [String]
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let ids = ids
      let unknown = try await Database.with(flags) { pool in
        var unknown: [String] = []
        for id in ids {
          do {
            try await OperatorFunctions(pool).deleteTicket(id)
            print(id)
            // Whoever interrupts the command finds what is done.
            fflush(stdout)
          } catch PostgresError.server(let error) where error.sqlState == "P0002" {
            unknown.append(error.message)
          }
        }
        return unknown
      }
      guard unknown.isEmpty else {
        throw Failure.noSuchThing(unknown.joined(separator: "; "))
      }
    }
  }
}
