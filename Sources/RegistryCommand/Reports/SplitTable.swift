internal import RegistryKit

/// How many images of each label are in each split.
enum SplitTable {
  /// How many labels are listed.
  private static let longestList = 40

  /// A row for each label and one for their sum; without the split of each label, two tables.
  static func text(
    labels: [String: Int], splits: [String: Int], labelSplits: [String: [String: Int]]?,
    _ style: Style
  ) -> String {
    let names = order(splits.keys)
    guard let labelSplits else {
      var table = Table("label", ">images")
      addRows(labels, to: &table) { [.init(Quantity.count(labels[$0] ?? 0))] }
      var second = Table("split", ">images")
      for name in names { second.add(.init(name), .init(Quantity.count(splits[name] ?? 0))) }
      return table.text(style) + "\n" + second.text(style)
    }
    var table = Table(headings: ["label"] + names.map { ">" + $0 } + [">all"])
    addRows(labels, to: &table) { label in
      names.map { .init(Quantity.count(labelSplits[label]?[$0] ?? 0)) }
        + [.init(Quantity.count(labels[label] ?? 0))]
    }
    table.add(
      [.init("all", .faint)]
        + names.map { .init(Quantity.count(splits[$0] ?? 0), .faint) }
        + [.init(Quantity.count(splits.values.reduce(0, +)), .faint)])
    return table.text(style)
  }

  private static func addRows(
    _ labels: [String: Int], to table: inout Table, _ cells: (String) -> [Table.Cell]
  ) {
    let names = labels.keys.sorted()
    for name in names.prefix(longestList) { table.add([.init(name)] + cells(name)) }
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
