/// A value that is made and used on the compute thread only.
///
/// Safe to share, whatever the value is: it is private, it is made in the initializer and lent in
/// ``withValue(_:)``, both on that one thread, which does one thing at a time, and callers wait. The
/// last owner destroys it, when by definition nobody uses it.
final class ComputeThreadConfined<Value>: @unchecked Sendable {
  private let value: Value
  private let threads: Int

  /// Makes the value on the compute thread, where oneDNN may use that many threads, then and later.
  init<Failure: Error>(
    threads: Int = 1, _ make: () throws(Failure) -> Value
  ) throws(Failure) {
    self.threads = threads
    value = try ComputeThread.shared.run(threads: threads, make)
  }

  /// Lends the value to the body, which runs on the compute thread.
  ///
  /// The body must not let the value escape.
  func withValue<Success: Sendable, Failure: Error>(
    _ body: (Value) throws(Failure) -> Success
  ) throws(Failure) -> Success {
    try ComputeThread.shared.run(threads: threads) { () throws(Failure) in
      try body(value)
    }
  }
}
