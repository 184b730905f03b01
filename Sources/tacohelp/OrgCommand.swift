import ArgumentParser
struct OrgCommand: AsyncParsableCommand {}
