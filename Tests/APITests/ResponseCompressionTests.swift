import Testing

@testable import API

@Suite("Compressing answers") struct ResponseCompressionTests {
  @Test(
    "Accept-Encoding allows gzip by name, or by * where it is not named",
    arguments: [
      (["gzip"], true), (["gzip, deflate, br"], true), (["deflate", "GZip"], true),
      (["x-gzip"], true), (["*"], true), (["br;q=1.0, gzip;q=0.5"], true),
      (["gzip ; q=0.001"], true), ([], false), ([""], false), (["identity"], false),
      (["br, deflate"], false), (["gzip;q=0"], false), (["gzip;q=0.000, *"], false),
      (["*;q=0"], false), (["*, gzip;q=0"], false), (["gzip;q=x"], false), (["gzipped"], false),
    ])
  func accepts(values: [String], isAccepted: Bool) {
    #expect(ResponseCompression.accepts(values) == isAccepted)
  }

  @Test(
    "A traceparent is as the W3C has it",
    arguments: [
      ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
      ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true),
      ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
      ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
      ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
      ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
      ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false),
      ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", false), ("", false),
      ("00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01", false),
    ])
  func traceParent(text: String, isValid: Bool) {
    #expect(TraceParent.isValid(text) == isValid)
  }
}
