import ArgumentParser
import Helpdesk

/// `tacohelp org`.
struct OrgCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "org", abstract: "Organizations.", subcommands: [Create.self, Delete.self])

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete an organization and everything it has, for good.",
      discussion: """
        Its keys and passwords stop working at once; the rest is deleted a little at a time, while \
        servers keep running. Prints the id when everything is gone. If interrupted, run it again.

        Example: tacohelp org delete "$ORG" --confirm "Acme"
        """)

    @Argument(help: "The organization's id.") var id: String
    @Option(help: "The organization's name.") var confirm: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      try await flags.call { try await $0.deleteOrganization(id, confirming: confirm) }
      print(id)
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an organization and print its id.",
      discussion: "Example: tacohelp org create --name Acme --plan pro")

    @Option(help: "The organization's name, 1 to 200 characters.") var name: String
    @Option(help: "free, pro or enterprise. The API is for pro and above.") var plan = "free"
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      print(try await flags.call { try await $0.createOrganization(name: name, plan: plan) })
    }
  }
}
