import Helpdesk

/// Who has passwords hashed or waits for it. Nobody may take all the turns: an account from one address
/// has one, a network a few.
struct PasswordTurns {
  static let most = 40
  static let mostOfNetwork = 4

  struct Asker: Hashable {
    let account: String
    let place: SignInThrottle.Place

    init(account: String, address: String) {
      self.account = account.lowercased()
      place = SignInThrottle.Place(of: address)
    }
  }

  private var askers: Set<Asker> = []

  /// False when the asker has to come again later.
  mutating func enter(_ asker: Asker) -> Bool {
    let ofNetwork = askers.count { $0.place.network == asker.place.network }
    guard askers.count < Self.most, ofNetwork < Self.mostOfNetwork else { return false }
    return askers.insert(asker).inserted
  }

  mutating func leave(_ asker: Asker) { askers.remove(asker) }
}
