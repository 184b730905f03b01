/// A tenant.
public enum Organization {
  /// The plan that an organization pays for.
  public enum Plan: String, Sendable, CaseIterable {
    case free = "FREE"
    case pro = "PRO"
    case enterprise = "ENTERPRISE"

    /// The API is for the Pro plan and above.
    public var includesAPI: Bool { self != .free }
  }
}
