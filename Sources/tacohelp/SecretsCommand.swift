import ArgumentParser
import Helpdesk

/// `tacohelp secrets`.
struct SecretsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secrets", abstract: "The keys that webhook secrets are sealed with.",
    subcommands: [Key.self, Rotate.self])

  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key for SECRET_KEYS and print it.",
      discussion: """
        An id, a colon, and 32 random bytes in base64. Keep a copy apart from the database: without \
        the key, what it has sealed is lost.
        """)

    func run() throws {
      print(try SecretKeys.make())
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Seal all secrets with the first of SECRET_KEYS; print how many were not.",
      discussion: """
        With one server: put the new key first and keep the old one after it, for the server and \
        here; run this; then remove the old one. With several servers, first give all of them the \
        new key as the second. It can be stopped and run again at any time, while servers keep \
        running. Fails with 78 if secrets remain that none of the keys opens.
        """)

    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let keys = try Settings(flags).secretKeys
      guard !keys.isEmpty else {
        throw Failure.configuration("SECRET_KEYS is not set: tacohelp secrets key makes a key")
      }
      let (sealed, faults) = try await Database.with(flags) {
        try await SecretStore($0, keys: keys).sealAll()
      }
      print(sealed)
      guard faults.isEmpty else { throw Failure.sealed(Array(faults)) }
    }
  }
}

extension Failure {
  /// Secrets that the available keys do not open.
  static func sealed(_ faults: [SecretFault]) -> Failure {
    .configuration(
      """
      there are webhook secrets that cannot be opened: \
      \(faults.map(\.description).sorted().joined(separator: "; "))
      """)
  }
}
