private import Catalog
private import Diagnostics
package import Tensors

/// A request whose sender may send it again, since it may not hear the answer.
package struct IdempotentRequest: Sendable {
  /// Who sends it.
  package let principal: String
  /// What the sender calls it.
  package let key: String
  /// The SHA-256 of what is asked.
  package let digest: Digest

  package init(principal: String, key: String, digest: Digest) {
    self.principal = principal
    self.key = key
    self.digest = digest
  }
}

extension Registry {
  /// Answers a request: as it was answered before, or by doing what it asks.
  ///
  /// A request that failed is done anew when it is sent again. So is one at which the process died,
  /// after a minute: it may have been done but for its answer.
  ///
  /// - Throws: `idempotency_key_in_use` when the key belongs to another request, or to one that is at
  ///   work, and what `body` throws.
  package func answering(
    _ request: IdempotentRequest?, _ body: () throws -> String
  ) throws -> String {
    guard let request else { return try body() }
    let former = try catalog.reserve(
      key: request.key, of: request.principal, request: request.digest)
    if let former { return former }
    do {
      let answer = try body()
      try catalog.setAnswer(answer, ofKey: request.key, of: request.principal)
      return answer
    } catch {
      // The first failure is what the sender must hear of.
      try? catalog.release(key: request.key, of: request.principal)
      throw error
    }
  }
}
