import ArgumentParser
import Glibc

@main
enum Main {
  static func main() async {
    StandardDescriptors.openMissing()
    // A broken pipe on standard output or error must not end a server.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try TacoHelp.parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      try StandardDescriptors.finishOutput()
    } catch let failure as Failure {
      failure.exit()
    } catch {
      TacoHelp.exit(withError: error)
    }
  }
}
