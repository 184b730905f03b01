import ArgumentParser
import Helpdesk

/// `tacohelp key`.
struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "API keys.",
    subcommands: [Create.self, List.self, Revoke.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an API key and print it; it cannot be shown again.",
      discussion: """
        Scopes: tickets:read, tickets:write, chat:read, chat:write, or *. Writing does not include \
        reading.

        Example: tacohelp key create --org "$ORG" --name ci --scopes tickets:read --expires-in 90d
        """)

    @Option(help: "The organization's id.") var org: String
    @Option(help: "What the key is for, 1 to 200 characters.") var name: String
    @Option(help: "What it may do, comma-separated.") var scopes: String
    @Option(help: "Requests in any 60 seconds, 1 to 1000000.") var rateLimit: Int32 = 100
    @Option(help: "When it expires, from now, as 90d; with s, m, h or d. Never, if not given.")
    var expiresIn: String?
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func validate() throws {
      guard (1...1_000_000).contains(rateLimit) else {
        throw ValidationError("--rate-limit must be from 1 to 1000000")
      }
      guard expiresIn == nil || seconds != nil else {
        throw ValidationError("--expires-in must be a number from 1 up with s, m, h or d, as 90d")
      }
    }

    private var seconds: Int64? {
      guard let expiresIn, let unit = expiresIn.last, "smhd".contains(unit),
        !expiresIn.hasSuffix("ms"), let duration = Duration(setting: expiresIn),
        duration >= .seconds(1)
      else { return nil }
      return duration.components.seconds
    }

    func run() async throws {
      let key = try await flags.call {
        try await $0.createKey(
          org: org, name: name, scopes: list(scopes), rateLimit: rateLimit,
          expiresInSeconds: seconds)
      }
      print(key)
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List an organization's keys.",
      discussion: "A line for each: id, name, prefix, scopes, limit, state; tab-separated.")

    @Option(help: "The organization's id.") var org: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      for line in try await flags.call({ try await $0.listKeys(org: org) }) { print(line) }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a key: it fails from the next request on, on every server.")

    @Argument(help: "The key's id, as in key list.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws { try await flags.call { try await $0.revokeKey(id) } }
  }
}

/// The parts of a comma-separated argument.
func list(_ argument: String) -> [String] {
  argument.split(separator: ",", omittingEmptySubsequences: false).map {
    String($0).trimmingWhiteSpace()
  }
}
