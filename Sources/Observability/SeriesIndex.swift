import Synchronization

/// Finds series by key without a lock: a hash table of chains that only ever grow.
///
/// Middleware makes its counters and timers anew at each request, so that looking one up is as hot
/// as recording.
final class SeriesIndex: Sendable {
  private final class Link: Sendable {
    let next = AtomicLazyReference<Node>()
  }

  private final class Node: Sendable {
    let key: SeriesKey
    let series: MetricSeries
    let link = Link()

    init(key: SeriesKey, series: MetricSeries) {
      self.key = key
      self.series = series
    }
  }

  private let chains: [Link]
  private let capacity: Int
  private let count = Atomic<Int>(0)

  /// - Parameter capacity: how many keys are kept; more are not kept, and so never found.
  init(capacity: Int) {
    self.capacity = capacity
    self.chains = (0..<1024).map { _ in Link() }
  }

  func find(_ key: SeriesKey) -> MetricSeries? {
    var node = chain(of: key).next.load()
    while let candidate = node {
      if candidate.key == key { return candidate.series }
      node = candidate.link.next.load()
    }
    return nil
  }

  /// Keeps a key that ``find(_:)`` does not find; a key kept meanwhile stays as it is.
  func insert(_ key: SeriesKey, _ series: MetricSeries) {
    guard count.load(ordering: .relaxed) < capacity else { return }
    let node = Node(key: key, series: series)
    var link = chain(of: key)
    while true {
      let occupant = link.next.storeIfNil(node)
      if occupant === node { break }
      if occupant.key == key { return }
      link = occupant.link
    }
    count.wrappingAdd(1, ordering: .relaxed)
  }

  private func chain(of key: SeriesKey) -> Link {
    chains[Int(UInt(bitPattern: key.hashValue) % UInt(chains.count))]
  }
}
