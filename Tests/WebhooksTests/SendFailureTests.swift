import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

@testable import Webhooks

@Suite("Words for failures to send") struct SendFailureTests {
  let v4 = IPAddress(v4: 0x0808_0808)
  let v6 = IPAddress(v6: 1 << 125)

  @Test(
    "A system error has words of its own",
    arguments: [
      (ECONNREFUSED, "the connection was refused"), (ECONNRESET, "the connection was reset"),
      (EHOSTUNREACH, "the host is unreachable"), (ETIMEDOUT, "the connection timed out"),
      (ENETUNREACH, "the network of the host is unreachable"),
      (EPROTO, "the connection failed: Protocol error"),
    ])
  func systemErrors(number: Int32, words: String) {
    let error = IOError(errnoCode: number, reason: "connect")
    #expect(SendFailure.words(error) == words)
    #expect(SendFailure.shortage(error, to: v4) == nil)
  }

  @Test("A resource that this server lacks is not a failure of the endpoint")
  func shortages() {
    func shortage(_ number: Int32, _ address: IPAddress) -> String? {
      SendFailure.shortage(IOError(errnoCode: number, reason: "socket"), to: address)
    }
    #expect(shortage(EMFILE, v4) == "the server has too many files open")
    #expect(shortage(ENFILE, v6) == "the server has too many files open")
    #expect(shortage(ENOBUFS, v4) == "the server has no memory for another connection")
    #expect(shortage(EADDRNOTAVAIL, v4) == "the server has no free port")
    // A server without IPv6 would otherwise try for ever.
    #expect(shortage(EADDRNOTAVAIL, v6) == nil)
    #expect(SendFailure.shortage(ChannelError.connectTimeout(.seconds(1)), to: v4) == nil)
  }

  @Test("Errors of higher protocols have words without type names")
  func otherErrors() {
    let errors: [(any Error, String)] = [
      (ChannelError.connectTimeout(.seconds(1)), "the connection timed out"),
      (HTTPParserError.invalidConstant, "the answer was not HTTP"),
      (HTTPParserError.headerOverflow, "the head of the answer was too long"),
      (
        NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])),
        "the connection was closed during the TLS handshake"
      ),
      (NIOSSLError.handshakeFailed(.syscallError), "the TLS handshake failed"),
      (ChannelError.eof, "the connection failed"),
    ]
    for (error, words) in errors {
      #expect(SendFailure.words(error) == words)
    }
  }

  @Test(
    "An address keeps its bytes on its way into a socket", arguments: ["192.0.2.7", "2a00::1:2"])
  func socketAddresses(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(
      try SocketAddress(address, port: 8443) == SocketAddress(ipAddress: text, port: 8443))
  }
}
