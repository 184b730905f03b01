import ArgumentParser
struct UserCommand: AsyncParsableCommand {}
