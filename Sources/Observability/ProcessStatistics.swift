import Glibc

/// The kernel's figures about this process, under the names that Prometheus's own client libraries use.
///
/// Sources: `getrusage(2)` and `proc(5)`. A figure that cannot be read is left out.
struct ProcessStatistics: Sendable {
  static let names = [
    "process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes",
    "process_open_fds",
  ]

  /// Seconds since 1970 at which the process started, read once so that a clock set later does not
  /// move it.
  private let startTime: Double?

  init() {
    startTime = Self.readStartTime()
  }

  /// The statistics as they are now.
  func families() -> [MetricFamily] {
    let readings: [(String, MetricFamily.MetricType, String, Double?)] = [
      (
        "process_start_time_seconds", .gauge,
        "Start time of the process since unix epoch in seconds.", startTime
      ),
      (
        "process_cpu_seconds_total", .counter,
        "Total user and system CPU time spent in seconds.", Self.processorSeconds()
      ),
      (
        "process_resident_memory_bytes", .gauge, "Resident memory size in bytes.",
        Self.residentBytes()
      ),
      ("process_open_fds", .gauge, "Number of open file descriptors.", Self.openDescriptors()),
    ]
    return readings.compactMap { name, type, help, value in
      value.map {
        MetricFamily(name: name, type: type, help: help, series: ["": .gauge(GaugeSeries($0))])
      }
    }
  }

  private static func processorSeconds() -> Double? {
    var usage = rusage()
    guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return nil }
    let microseconds =
      (Int64(usage.ru_utime.tv_sec) + Int64(usage.ru_stime.tv_sec)) * 1_000_000
      + Int64(usage.ru_utime.tv_usec) + Int64(usage.ru_stime.tv_usec)
    return Double(microseconds) / 1e6
  }

  private static func residentBytes() -> Double? {
    guard let fields = contents(of: "/proc/self/statm")?.split(separator: " "), fields.count > 1,
      let pages = Double(fields[1])
    else { return nil }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func openDescriptors() -> Double? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    // Excludes ".", ".." and the descriptor that reads the directory.
    return Double(max(0, entries - 3))
  }

  private static func readStartTime() -> Double? {
    // The second field, the program's name, may itself contain spaces and parentheses.
    guard let stat = contents(of: "/proc/self/stat"), let end = stat.lastIndex(of: ")") else {
      return nil
    }
    let fields = stat[end...].split(separator: " ")
    let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    guard fields.count > 20, let ticks = Double(fields[20]), ticksPerSecond > 0 else {
      return nil
    }
    let age = seconds(CLOCK_BOOTTIME) - ticks / ticksPerSecond
    return ((seconds(CLOCK_REALTIME) - age) * 100).rounded() / 100
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The first 4 KiB of a file.
  private static func contents(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      guard count > 0 else { return nil }
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }
}
