import Testing

/// TacoHelp as its clients and operators see it: the real executable, HTTP, psql, and nothing else.
@Suite("TacoHelp from outside", .stage, .transcripts, .timeLimit(.minutes(5)))
enum TacoHelp {}
