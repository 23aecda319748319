import Tensors

/// A token as text: `registry_`, 16 hexadecimal digits by which it is found, `_`, and the 64 digits of a
/// secret.
///
/// The secret is 32 random bytes, so one SHA-256 hides it as well as any slower function would.
struct AccessToken {
  private static let prefix = "registry_"
  private static let identifierLength = 8
  private static let secretLength = 32

  /// The part that is no secret.
  let identifier: [UInt8]
  private let secret: [UInt8]

  /// A new one.
  init() {
    // The system's generator is one for secrets.
    var generator = SystemRandomNumberGenerator()
    identifier = (0..<Self.identifierLength).map { _ in
      .random(in: .min ... .max, using: &generator)
    }
    secret = (0..<Self.secretLength).map { _ in .random(in: .min ... .max, using: &generator) }
  }

  /// Reads a text; `nil` for any that is no token.
  init?(_ text: String) {
    guard text.utf8.count <= 256, text.hasPrefix(Self.prefix) else { return nil }
    let parts = text.dropFirst(Self.prefix.count).split(separator: "_")
    guard parts.count == 2,
      let identifier = Hexadecimal.bytes(of: parts[0]), identifier.count == Self.identifierLength,
      let secret = Hexadecimal.bytes(of: parts[1]), secret.count == Self.secretLength
    else { return nil }
    self.identifier = identifier
    self.secret = secret
  }

  var text: String {
    Self.prefix + Hexadecimal.text(of: identifier) + "_" + Hexadecimal.text(of: secret)
  }

  /// What is kept of the secret.
  var hash: Digest { Digest(of: secret) }

  /// Whether the secret has this hash; takes as long however much of it agrees.
  func matches(_ hash: Digest) -> Bool { self.hash.isSame(inConstantTime: hash) }
}
