import ArgumentParser
import Console
import Cryptography
import Helpdesk

/// `tacohelp user`.
struct UserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Users of an organization.",
    subcommands: [Create.self, Invite.self, Erase.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a user and print the id.",
      discussion: """
        Reads one line from standard input: the password. Without one the user cannot sign in until \
        they are invited.

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
      let id = try await flags.call {
        try await $0.createUser(
          org: org, email: email, name: name, role: role, passwordHash: hash)
      }
      print(id)
    }
  }

  struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace a person's name and e-mail address with a placeholder, for good.",
      discussion: """
        This changes the user, chats with the address, stored events and stored answers. Prints the id \
        when done. The person can no longer sign in. The texts of tickets, comments and messages stay, \
        and so do names on the audit trail. If interrupted, run it again.

        Example: tacohelp user erase "$USER_ID"
        """)

    @Argument(help: "The user's id.") var id: String
    @Option(
      help: """
        The former address of a person already erased: finds chats and answers that have come since.
        """)
    var email: String?
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      try await flags.call { try await $0.eraseUser(id, email: email) }
      print(id)
    }
  }

  struct Invite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a one-time link with which a user sets a password, and print it.",
      discussion: """
        For agents and admins. Valid for 7 days, or 24 hours if there is a password already; an earlier \
        link becomes void. Prints only the path unless PUBLIC_URL says where the console is.

        Example: tacohelp user invite "$ADMIN" --public-url https://help.example.com
        """)

    @Argument(help: "The user's id, as user create printed it.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let origin = try Settings(flags).publicURL?.origin ?? ""
      print(origin + (try await flags.call { try await $0.inviteUser(id) }))
    }
  }
}
