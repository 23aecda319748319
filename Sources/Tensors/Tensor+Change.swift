extension Tensor {
  /// How far this tensor is from a former one: `‖self - former‖²` and `‖former‖²`, L2 norms over all
  /// numbers.
  ///
  /// What this tensor has more of, at its end, changed from nothing.
  package func squaredChange(from former: Tensor) -> (change: Double, length: Double) {
    let (before, after) = (former.floats(), floats())
    var change = 0.0
    var length = 0.0
    for (index, value) in after.enumerated() {
      let old = index < before.count ? Double(before[index]) : 0
      let difference = Double(value) - old
      change += difference * difference
      length += old * old
    }
    return (change, length)
  }
}
