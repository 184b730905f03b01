import ArgumentParser
struct KeyCommand: AsyncParsableCommand {}
