/// Whether a network tells images apart at all.
///
/// A network whose activations all died, or whose weights grew so large that they saturate, gives every
/// image the same numbers.
enum ConstantOutputs {
  /// How far numbers may differ, relative to the largest of the first row, and count as the same.
  private static let tolerance: Float = 1e-6

  /// Whether all rows of a matrix `[N, width]` are the same; `false` for fewer than two.
  static func areConstant(_ rows: [Float], width: Int) -> Bool {
    guard width > 0, rows.count >= 2 * width else { return false }
    let first = rows[..<width]
    let bound = tolerance * first.reduce(0) { max($0, abs($1)) }
    return rows.indices.allSatisfy { abs(rows[$0] - first[$0 % width]) <= bound }
  }
}
