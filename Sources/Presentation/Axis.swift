private import Glibc

/// A range of values with round numbers marked on it.
package struct Axis: Equatable {
  /// The least value of the axis.
  package let lower: Double
  /// The greatest value of the axis.
  package let upper: Double
  /// The round numbers within, ascending.
  package let ticks: [Double]
  /// How many digits after the point tell the ticks apart.
  package let decimals: Int

  /// An axis that holds the values and has about as many ticks.
  ///
  /// With `isRounded` it begins and ends on a tick; else it ends with the values.
  ///
  /// Ticks are 1, 2 or 5 times a power of ten apart.
  package init(_ values: ClosedRange<Double>, ticks limit: Int, isRounded: Bool = false) {
    var low = values.lowerBound
    var high = values.upperBound
    // A flat curve runs through the middle of an axis that is about as wide as its value.
    let least = max(abs(low), abs(high)) * 1e-9
    if high - low <= max(least, .leastNormalMagnitude) {
      let margin = low == 0 ? 0.5 : abs(low) * 0.1
      low -= margin
      high += margin
    }
    let step = Self.step(for: (high - low) / Double(max(limit - 1, 1)))
    if isRounded {
      low = (low / step + 1e-9).rounded(.down) * step
      high = (high / step - 1e-9).rounded(.up) * step
    }
    lower = low
    upper = high
    decimals = max(0, -Int(log10(step).rounded(.down)))
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    ticks = first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
  }

  /// The least round number that is not below the distance.
  private static func step(for distance: Double) -> Double {
    let power = pow(10, log10(distance).rounded(.down))
    for factor in [1.0, 2, 5, 10] where factor * power >= distance * (1 - 1e-9) {
      return factor * power
    }
    return 10 * power
  }

  /// Where a value lies, from zero at the lower end to one.
  package func position(of value: Double) -> Double { (value - lower) / (upper - lower) }

  /// The text of a tick.
  package func label(of tick: Double) -> String {
    decimals <= 6 && abs(tick) < 1e6 ? Quantity.fixed(tick, decimals) : Quantity.significant(tick)
  }
}
