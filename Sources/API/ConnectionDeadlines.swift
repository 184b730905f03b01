import NIOCore

/// How long a client may take.
struct ConnectionDeadlines {
  var head = TimeAmount.seconds(15)
  var body = TimeAmount.seconds(60)
  /// In which some of an answer must be read.
  var write = TimeAmount.seconds(30)
  /// Between requests.
  var idle = TimeAmount.seconds(75)
}
