import Glibc

/// Standard input.
enum StandardInput {
  /// One line without its end, nil when there is none or it is empty. On a terminal it is asked for,
  /// on standard error, and not shown while typed.
  static func secretLine(_ prompt: String) -> String? {
    guard isatty(0) == 1 else { return nonEmptyLine() }
    _ = write(2, prompt, prompt.utf8.count)
    var settings = termios()
    tcgetattr(0, &settings)
    let shown = settings
    settings.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(0, TCSAFLUSH, &settings)
    defer {
      var shown = shown
      tcsetattr(0, TCSAFLUSH, &shown)
      _ = write(2, "\n", 1)
    }
    return nonEmptyLine()
  }

  private static func nonEmptyLine() -> String? {
    readLine().flatMap { $0.isEmpty ? nil : $0 }
  }
}
