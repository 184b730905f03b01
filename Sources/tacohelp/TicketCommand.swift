import ArgumentParser
@preconcurrency import Glibc
import Helpdesk
import Postgres

/// `tacohelp ticket`.
struct TicketCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ticket", abstract: "Tickets.", subcommands: [Delete.self])

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete tickets for good, and print the id of each when it is gone.",
      discussion: """
        Deletes its comments, its events and their deliveries, too. Tickets that were merged into it \
        stay, closed. Servers keep running. If interrupted, run it again.

        Example: tacohelp ticket delete "$TICKET"
        """)

    @Argument(help: "The tickets' ids.") var ids: [String]
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let unknown = try await flags.call { functions in
        var unknown: [String] = []
        for id in ids {
          do {
            try await functions.deleteTicket(id)
            print(id)
            // Printed at once: the command may be interrupted.
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
