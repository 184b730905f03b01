import ArgumentParser
struct WebhookCommand: AsyncParsableCommand {}
