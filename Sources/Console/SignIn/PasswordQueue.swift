import HTTPServer

/// The clients whose passwords are being hashed or are waiting for it. Nobody can take all slots: an
/// account has one for each network, and a network has a few.
struct PasswordQueue {
  static let most = 40
  static let mostOfNetwork = 4

  struct Client: Hashable {
    let account: String
    let block: AddressBlock

    init(account: String, address: String) {
      self.account = account.lowercased()
      block = AddressBlock(address)
    }
  }

  private var clients: Set<Client> = []

  /// False if the client has to come back later.
  mutating func enter(_ client: Client) -> Bool {
    let ofNetwork = clients.count { $0.block.network == client.block.network }
    guard clients.count < Self.most, ofNetwork < Self.mostOfNetwork else { return false }
    return clients.insert(client).inserted
  }

  mutating func leave(_ client: Client) { clients.remove(client) }
}
