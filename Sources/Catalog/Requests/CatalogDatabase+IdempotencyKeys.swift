package import Diagnostics
import GRDB
package import Tensors

extension RegistryError.Code {
  /// A key by which a request is sent again belongs to another one, or to one that is at work.
  package static let idempotencyKeyInUse = Self("idempotency_key_in_use", .conflict)
}

extension CatalogDatabase {
  /// How long an answer is kept, and how long a request may be at work, in microseconds.
  private static let answerLifetime: Int64 = 24 * 3600 * 1_000_000
  private static let workLifetime: Int64 = 60 * 1_000_000

  /// Notes that a request is at work.
  ///
  /// - Returns: What it was answered before; `nil` when it is to be done.
  /// - Throws: `idempotency_key_in_use`.
  package func reserve(key: String, of principal: String, request: Digest) throws -> String? {
    try write { database in
      let now = Timestamp.now().microseconds
      try database.change(
        "DELETE FROM idempotency_keys WHERE created_at < ?", [now - Self.answerLifetime])
      let former = try database.first(
        """
        SELECT request, created_at, answer FROM idempotency_keys WHERE principal = ? AND key = ?
        """, [principal, key]
      ) {
        (
          request: try $0.nextDigest(), createdAt: try $0.next(Int64.self),
          answer: try $0.next(String?.self)
        )
      }
      if let former {
        guard former.request == request else {
          throw RegistryError(
            .idempotencyKeyInUse, "The key was given to another request.", place: .subject(key),
            remedy: "Give each request a key of its own.")
        }
        if let answer = former.answer { return answer }
        guard former.createdAt < now - Self.workLifetime else {
          throw RegistryError(
            .idempotencyKeyInUse, "The request with this key is at work.", place: .subject(key),
            remedy: "Send it again in a minute.")
        }
      }
      try database.change(
        """
        INSERT INTO idempotency_keys (principal, key, request, created_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (principal, key) DO UPDATE SET created_at = excluded.created_at
        """, [principal, key, request.blob, now])
      return nil
    }
  }

  /// Keeps what a request was answered.
  package func setAnswer(_ answer: String, ofKey key: String, of principal: String) throws {
    try write {
      try $0.change(
        "UPDATE idempotency_keys SET answer = ? WHERE principal = ? AND key = ?",
        [answer, principal, key])
    }
  }

  /// Forgets a request that failed.
  package func release(key: String, of principal: String) throws {
    try write {
      try $0.change(
        "DELETE FROM idempotency_keys WHERE principal = ? AND key = ? AND answer IS NULL",
        [principal, key])
    }
  }
}
