/// A moment of a piece of work that somebody may want to watch.
public struct ProgressUpdate: Sendable, Hashable {
  /// What is going on, for example `Importing`.
  public var activity: String
  /// How much is done.
  public var completed: Int
  /// How much there is to do, when that is known.
  public var total: Int?
  /// What is counted, for example `images`.
  public var unit: String
  /// A figure worth seeing as it changes, for example `validation accuracy 0.97`.
  public var detail: String?

  /// A moment of an activity.
  public init(
    _ activity: String, completed: Int, total: Int? = nil, unit: String, detail: String? = nil
  ) {
    self.activity = activity
    self.completed = completed
    self.total = total
    self.unit = unit
    self.detail = detail
  }
}

/// Somebody who watches: a terminal, a job's record, a test.
///
/// Called often and from any thread, so an implementation returns at once and limits its own rate.
public protocol ProgressObserver: Sendable {
  /// Hears of a moment.
  func progress(_ update: ProgressUpdate)
}

/// Nobody watches.
public struct SilentProgress: ProgressObserver {
  /// The observer that looks away.
  public init() {}
  /// Does nothing.
  public func progress(_ update: ProgressUpdate) {}
}
