private import Synchronization
private import Tensors

/// A browser that has signed in.
package struct Session: Sendable, Hashable {
  /// The part of the token that is no secret: what the token is worth is looked up for each request.
  let tokenIdentifier: [UInt8]
  /// The value of its cookie.
  let id: String
}

/// The browsers that are signed in, in memory: a new start of the service signs all of them out.
final class Sessions: Sendable {
  static let cookieName = "registry_session"
  /// How long a session lasts.
  static let lifetime = Duration.seconds(12 * 3600)
  /// The most sessions; the oldest ends when another begins.
  private static let maximumCount = 10_000

  private struct Entry {
    let tokenIdentifier: [UInt8]
    let end: ContinuousClock.Instant
  }

  // By the digest of the cookie's value, so that a look into memory gives no cookie that works.
  private let entries = Mutex<[Digest: Entry]>([:])

  /// Begins a session; its `id` is the value of its cookie.
  func begin(tokenIdentifier: [UInt8]) -> Session {
    var generator = SystemRandomNumberGenerator()
    let id = Hexadecimal.text(
      of: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    let now = ContinuousClock.now
    entries.withLock { entries in
      entries = entries.filter { $0.value.end > now }
      if entries.count >= Self.maximumCount,
        let oldest = entries.min(by: { $0.value.end < $1.value.end })
      {
        entries[oldest.key] = nil
      }
      entries[Self.key(id)] = Entry(tokenIdentifier: tokenIdentifier, end: now + Self.lifetime)
    }
    return Session(tokenIdentifier: tokenIdentifier, id: id)
  }

  /// The session of a cookie; `nil` if there is none any more.
  func session(_ id: String) -> Session? {
    let entry = entries.withLock { $0[Self.key(id)] }
    guard let entry, entry.end > .now else { return nil }
    return Session(tokenIdentifier: entry.tokenIdentifier, id: id)
  }

  /// Ends a session.
  func end(_ session: Session) {
    _ = entries.withLock { $0.removeValue(forKey: Self.key(session.id)) }
  }

  private static func key(_ id: String) -> Digest { Digest(of: Array(id.utf8)) }
}
