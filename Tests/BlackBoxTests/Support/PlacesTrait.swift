import Testing

/// How many places a test takes; one, if nothing is said.
struct PlacesTrait: TestTrait {
  let places: Int
}

extension Trait where Self == PlacesTrait {
  /// The test measures time, and runs when no other does.
  static var alone: Self { Self(places: Turnstile.shared.places) }

  /// The test mostly waits and is in nobody's way.
  static var patient: Self { Self(places: 0) }
}
