import ArgumentParser
import Cryptography
import Helpdesk

/// `tacohelp user`.
struct UserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Users of an organization.", subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a user and print the id.",
      discussion: """
        Reads one line from standard input: the password. Without one the user cannot sign in.

        Example: printf '%s' "$PASSWORD" | tacohelp user create --org "$ORG" \
        --email jordan@example.com --name Jordan --role admin
        """)

    @Option(help: "The organization's id.") var org: String
    @Option(help: "The e-mail address, unique in the organization.") var email: String
    @Option(help: "The name, 1 to 254 characters.") var name: String
    @Option(help: "admin, agent or client.") var role: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let hash: String?
      do {
        hash = try StandardInput.secretLine("Password (none: cannot sign in): ")
          .map { try PasswordHash.create($0).phc }
      } catch {
        throw Failure.usage("unusable password: \(error)")
      }
      let (org, email, name, role) = (org, email, name, role)
      print(
        try await Database.with(flags) {
          try await Operations($0).createUser(
            org: org, email: email, name: name, role: role, passwordHash: hash)
        })
    }
  }
}
