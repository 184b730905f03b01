import Glibc

/// Standard input.
enum StandardInput {
  /// One line without its end; nil if there is none or it is empty. On a terminal, the prompt goes to
  /// standard error and the input is not shown.
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
