/// When retries that this process has recorded are due, so that it looks for them in time.
///
/// Another process may take them, and this one may be told of none: it looks now and then anyway.
struct RetryTimes {
  /// Times beyond that many are left to looking now and then.
  static let most = 4096

  /// Ascending.
  private var times: [ContinuousClock.Instant] = []

  mutating func insert(_ time: ContinuousClock.Instant) {
    guard times.count < Self.most else { return }
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= time { low = middle + 1 } else { high = middle }
    }
    times.insert(time, at: low)
  }

  /// The next time that is still to come; forgets those that are over.
  mutating func next(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    times.removeFirst(times.firstIndex { $0 > now } ?? times.count)
    return times.first
  }
}
