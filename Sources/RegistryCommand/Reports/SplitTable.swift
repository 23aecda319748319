internal import Presentation
internal import RegistryKit

/// How many images of each label are in each split.
enum SplitTable {
  /// How many labels are listed.
  private static let longestList = 40

  /// A row for each label, one for images without any, and one for all images.
  static func text(
    labels: [String: Int], unlabelled: Int, splits: [String: Int],
    labelSplits: [String: [String: Int]], shares: [String: Double]? = nil, _ style: Style
  ) -> String {
    let names = order(splits.keys)
    let all = splits.values.reduce(0, +)
    var table = Table(
      headings: ["label"] + names.map { ">" + $0 } + [">all"] + (shares == nil ? [] : [">share"]))
    func row(
      _ label: String, _ counts: (String) -> Int, _ sum: Int, _ role: Style.Role
    ) -> [Table.Cell] {
      let share = Quantity.percent(Double(sum) / Double(max(all, 1)))
      return [.init(label, role)] + names.map { .init(Quantity.count(counts($0)), role) }
        + [.init(Quantity.count(sum), role)] + (shares == nil ? [] : [.init(share, role)])
    }
    addRows(labels, to: &table) { label in
      row(label, { labelSplits[label]?[$0] ?? 0 }, labels[label] ?? 0, .plain)
    }
    if unlabelled > 0 {
      table.addRemark("\(Quantity.count(unlabelled, "image")) without a label")
    }
    table.add(row("all", { splits[$0] ?? 0 }, all, .faint))
    return table.text(style)
  }

  private static func addRows(
    _ labels: [String: Int], to table: inout Table, _ cells: (String) -> [Table.Cell]
  ) {
    let names = labels.keys.sorted()
    for name in names.prefix(longestList) { table.add(cells(name)) }
    if names.count > longestList {
      table.addRemark("… \(Quantity.count(names.count - longestList, "more label"))")
    }
  }

  /// Splits in the order in which they are used.
  static func order(_ splits: some Sequence<String>) -> [String] {
    let known = ["train", "validation", "test"]
    return splits.sorted {
      let left = known.firstIndex(of: $0) ?? known.count
      let right = known.firstIndex(of: $1) ?? known.count
      return (left, $0) < (right, $1)
    }
  }
}
