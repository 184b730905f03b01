import ArgumentParser
import Helpdesk

/// `tacohelp org`.
struct OrgCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "org", abstract: "Organizations.", subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an organization and print its id.",
      discussion: "Example: tacohelp org create --name Acme --plan pro")

    @Option(help: "The organization's name, 1 to 200 characters.") var name: String
    @Option(help: "free, pro or enterprise. The API is for pro and above.") var plan = "free"
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let (name, plan) = (name, plan)
      print(
        try await Database.with(flags) {
          try await Operations($0).createOrganization(name: name, plan: plan)
        })
    }
  }
}
