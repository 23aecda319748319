internal import Diagnostics
internal import Presentation

/// What a terminal shows of work that goes on: when to draw, and what.
///
/// A value, so that time is an argument.
struct ProgressLine {
  /// Work that ends sooner is not worth a line, in seconds.
  static let patience = 1.0
  /// The least time between two drawings, in seconds.
  static let interval = 0.1

  private var activity: String?
  private var began = 0.0
  private var completedAtBeginning = 0
  private var drawnAt: Double?

  /// The line to draw at that time, in seconds since the work began, of at most `width` columns.
  ///
  /// - Returns: `nil` when it is too early to draw.
  mutating func line(for update: ProgressUpdate, at time: Double, width: Int) -> String? {
    if activity != update.activity {
      activity = update.activity
      began = time
      completedAtBeginning = update.completed
    }
    guard time >= Self.patience, time - (drawnAt ?? -1) >= Self.interval else { return nil }
    drawnAt = time
    return text(of: update, elapsed: time - began).truncated(toWidth: width)
  }

  private func text(of update: ProgressUpdate, elapsed: Double) -> String {
    var parts = [update.activity.safeForTerminal]
    let rate = elapsed > 0 ? Double(update.completed - completedAtBeginning) / elapsed : 0
    if let total = update.total, total > 0 {
      parts.append(Self.bar(Double(update.completed) / Double(total)))
      parts.append("\(Quantity.count(update.completed))/\(Quantity.count(total)) \(update.unit)")
      if rate > 0 {
        parts.append("\(Self.rate(rate, of: update.unit))")
        let left = Double(max(0, total - update.completed)) / rate
        if left >= 1 { parts.append(Quantity.duration(left.rounded()) + " left") }
      }
    } else {
      parts.append("\(Quantity.count(update.completed)) \(update.unit)")
      if rate > 0 { parts.append(Self.rate(rate, of: update.unit)) }
    }
    if let detail = update.detail { parts.append(detail.safeForTerminal) }
    return parts.joined(separator: "  ")
  }

  private static func rate(_ rate: Double, of unit: String) -> String {
    (rate < 10 ? Quantity.fixed(rate, 1) : Quantity.fixed(rate, 0)) + "/s"
  }

  /// A bar of twenty columns, in eighths of a column.
  static func bar(_ share: Double) -> String {
    let eighths = Int((min(max(share, 0), 1) * 160).rounded(.down))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let drawn = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    return "▕" + drawn + String(repeating: " ", count: 20 - drawn.count) + "▏"
  }
}
