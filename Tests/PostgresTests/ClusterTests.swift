import Testing

/// Everything that starts servers of its own: one at a time, since it measures time.
@Suite(.serialized, .timeLimit(.minutes(2))) enum ClusterTests {}
