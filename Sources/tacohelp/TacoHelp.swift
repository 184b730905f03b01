import ArgumentParser

/// The command line; docs/operations.md has examples.
struct TacoHelp: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "tacohelp",
    abstract: "A helpdesk API for tickets and live chat, on PostgreSQL alone.",
    discussion: """
      A first run:

        export DATABASE_URL=postgresql://localhost/tacohelp
        tacohelp migrate
        org=$(tacohelp org create --name Acme --plan pro)
        tacohelp key create --org "$org" --name demo --scopes '*'
        tacohelp serve

      Every setting is a flag or an environment variable; the flag wins. Standard output carries only \
      what a command is asked for, logs go to standard error.

      Exit codes: 0 done, 64 bad arguments, 66 no such id, 69 no database, 70 internal error, \
      74 standard output cannot be written, 75 another session is in the way, 78 unusable configuration.
      """,
    version: version,
    subcommands: [
      Serve.self, Work.self, Migrate.self, Health.self, OrgCommand.self, UserCommand.self,
      KeyCommand.self, TicketCommand.self, WebhookCommand.self, SecretsCommand.self,
    ])
}
