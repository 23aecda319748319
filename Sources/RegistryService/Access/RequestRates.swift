private import HTTPTypes
private import Synchronization

/// How often each client may do something: so many times a second in the long run, and so many at once.
final class RequestRates: Sendable {
  private struct Bucket {
    var tokens: Double
    var time: ContinuousClock.Instant
  }

  private let rate: Double
  private let burst: Double
  private let buckets = Mutex<[String: Bucket]>([:])

  /// The most clients that are remembered.
  private static let maximumCount = 50_000

  /// Rates of so many times a second, and of `burst` times at once.
  init(perSecond rate: Double, burst: Double) {
    self.rate = rate
    self.burst = burst
  }

  /// Counts that a client did it.
  ///
  /// - Throws: A problem with status 429 when it did so too often.
  func count(_ client: String?) throws {
    try change(client) { bucket in
      let isAllowed = bucket.tokens >= 1
      if isAllowed { bucket.tokens -= 1 }
      return isAllowed
    }
  }

  /// Makes sure that a client may do it now, without counting.
  ///
  /// - Throws: A problem with status 429 when it did so too often.
  func requireRoom(for client: String?) throws {
    try change(client) { $0.tokens >= 1 }
  }

  private func change(_ client: String?, _ body: (inout Bucket) -> Bool) throws {
    let now = ContinuousClock.now
    let (isAllowed, wait) = buckets.withLock { buckets in
      if buckets.count >= Self.maximumCount {
        // Those whose rates are whole again need not be remembered.
        buckets = buckets.filter { filled($0.value, now) < burst }
        if buckets.count >= Self.maximumCount { buckets.removeAll() }
      }
      var bucket = buckets[client ?? ""] ?? Bucket(tokens: burst, time: now)
      bucket.tokens = filled(bucket, now)
      bucket.time = now
      let isAllowed = body(&bucket)
      buckets[client ?? ""] = bucket
      return (isAllowed, max(0, 1 - bucket.tokens) / rate)
    }
    guard isAllowed else {
      throw Problem(
        .tooManyRequests, "too_many_requests", "This client asks too often.",
        remedy: "Wait as long as the header Retry-After says.",
        headers: [.retryAfter: "\(Int(wait.rounded(.up)))"])
    }
  }

  private func filled(_ bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
    min(burst, bucket.tokens + (now - bucket.time) / .seconds(1) * rate)
  }
}
