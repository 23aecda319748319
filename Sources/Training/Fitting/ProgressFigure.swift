/// Figures as progress shows them.
enum ProgressFigure {
  /// A number of at least zero with two decimals, for example `0.97`.
  static func text(_ value: Double) -> String {
    let hundredths = Int((min(value, 1e6) * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}
