internal import Presentation
internal import RegistryKit

extension MetricHistory {
  /// The most steps that are listed.
  private static let longestTable = 40

  /// A row for each step and a column for each metric, for people.
  ///
  /// Of long histories it shows the first and last step, those with the least and greatest value of
  /// each metric, and some evenly between.
  func table(isThinned: Bool = false, _ style: Style) -> String {
    let curves = curves
    let keys = curves.keys.sorted()
    var values: [Int: [String: Double]] = [:]
    for key in keys {
      for point in curves[key] ?? [] { values[point.step, default: [:]][key] = point.value }
    }
    let steps = values.keys.sorted()
    let shown = Self.thinned(steps, keeping: extremes)
    let titles = keys.map { ">" + $0.map { $0 == "_" ? " " : String($0) }.joined() }
    var table = Table(headings: [">epoch"] + titles)
    for step in shown {
      table.add(
        [.init(Quantity.count(step))]
          + keys.map { key in
            guard let value = values[step]?[key] else { return .init("") }
            return .init(MetricList.value(value, of: key))
          })
    }
    if shown.count < steps.count {
      table.addRemark(
        isThinned
          ? "\(shown.count) of many epochs; --json has all"
          : "\(shown.count) of \(Quantity.count(steps.count)) epochs; --json has all")
    }
    return table.text(style)
  }

  /// The steps at which a metric was least or greatest.
  private var extremes: Set<Int> {
    var steps: Set<Int> = []
    for points in curves.values {
      let numbers = points.filter { !$0.value.isNaN }
      let order = { (left: Point, right: Point) in left.value < right.value }
      if let least = numbers.min(by: order) { steps.insert(least.step) }
      if let greatest = numbers.max(by: order) { steps.insert(greatest.step) }
    }
    return steps
  }

  /// Few enough of the ascending steps, with the first, the last and those to keep.
  static func thinned(_ steps: [Int], keeping kept: Set<Int>) -> [Int] {
    guard steps.count > longestTable, let first = steps.first, let last = steps.last else {
      return steps
    }
    var chosen = kept.union([first, last])
    let room = longestTable - chosen.count
    if room > 0 {
      for index in 1...room { chosen.insert(steps[index * (steps.count - 1) / (room + 1)]) }
    }
    return chosen.sorted()
  }
}
