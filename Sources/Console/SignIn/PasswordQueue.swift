import Helpdesk

/// The clients whose passwords are being hashed, or wait for it. Nobody can take all slots: an account has
/// one for each network, a network has a few.
struct PasswordQueue {
  static let most = 40
  static let mostOfNetwork = 4

  struct Client: Hashable {
    let account: String
    let origin: SignInThrottle.Source

    init(account: String, address: String) {
      self.account = account.lowercased()
      origin = SignInThrottle.Source(of: address)
    }
  }

  private var clients: Set<Client> = []

  /// False if the client has to come again later.
  mutating func enter(_ client: Client) -> Bool {
    let ofNetwork = clients.count { $0.origin.network == client.origin.network }
    guard clients.count < Self.most, ofNetwork < Self.mostOfNetwork else { return false }
    return clients.insert(client).inserted
  }

  mutating func leave(_ client: Client) { clients.remove(client) }
}
