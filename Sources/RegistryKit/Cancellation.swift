private import Synchronization

/// A wish to stop that long work looks for between its steps.
///
/// Safe to set from a signal handler's thread or from any task.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  /// A wish that nobody has had yet.
  public init() {}

  /// Asks for the work to stop at its next safe point.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether somebody asked.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
