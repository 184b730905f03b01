/// Lets only so many test cases run at once: on a small machine hundreds would starve each other.
actor Turnstile {
  static let shared = Turnstile(places: 12)

  nonisolated let places: Int
  private var free: Int
  private var waiting: [(need: Int, continuation: CheckedContinuation<Void, Never>)] = []

  init(places: Int) {
    self.places = places
    free = places
  }

  /// Waits for places, first come, first served.
  func enter(_ need: Int) async {
    if waiting.isEmpty, free >= need {
      free -= need
    } else {
      await withCheckedContinuation { waiting.append((need, $0)) }
    }
  }

  func leave(_ places: Int) {
    free += places
    while let next = waiting.first, free >= next.need {
      waiting.removeFirst()
      free -= next.need
      next.continuation.resume()
    }
  }
}
