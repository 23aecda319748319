internal import HTTPTypes

extension HTTPField.Name {
  /// The number under which a request stands in the log.
  static let requestID = known("X-Request-ID")
  /// Where a browser's request comes from, as the browser sees it.
  static let secFetchSite = known("Sec-Fetch-Site")
  /// What a sender calls a request, to send it again.
  static let idempotencyKey = known("Idempotency-Key")
  /// The last event that a client has seen.
  static let lastEventID = known("Last-Event-ID")
  static let referrerPolicy = known("Referrer-Policy")

  private static func known(_ name: String) -> HTTPField.Name {
    guard let field = HTTPField.Name(name) else {
      preconditionFailure("\(name) is a token of HTTP")
    }
    return field
  }
}
