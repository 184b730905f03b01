import Testing

/// Everything that starts its own servers: one at a time, since it measures time.
@Suite(.serialized, .timeLimit(.minutes(2))) enum ClusterTests {}
