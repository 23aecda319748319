import Diagnostics

/// One key of an order.
struct SearchOrder: Sendable {
  let field: SearchField
  let isDescending: Bool

  /// The keys of a text such as `metrics.loss desc, started`.
  ///
  /// - Throws: `malformed_search`.
  static func keys(
    _ text: String, _ subject: SearchSubject, option: String = "--sort"
  ) throws(RegistryError) -> [SearchOrder] {
    var parser = try SearchParser(text, subject, option: option, now: .now())
    var keys: [SearchOrder] = []
    repeat {
      let start = parser.current.range
      let field = try parser.field()
      guard field.hasOneValue else {
        throw parser.source.error(
          "\(parser.source.part(start)) is nothing to sort by.", at: start,
          remedy: "Sort by a text, a number or a time.")
      }
      let isDescending = parser.take(keyword: "desc")
      if !isDescending { _ = parser.take(keyword: "asc") }
      keys.append(SearchOrder(field: field, isDescending: isDescending))
    } while keys.count < 16 && parser.take(.comma)
    guard parser.current.kind == .end else { throw parser.unexpected("',', 'asc' or 'desc'") }
    return keys
  }
}

extension SearchField {
  /// Whether an item has at most one value of it, which tells where the item stands among others.
  fileprivate var hasOneValue: Bool {
    guard case .column(let column) = self else { return true }
    switch column.kind {
    case .text, .word, .name, .number, .time: return true
    case .run, .texts, .modelVersion, .datasetVersion, .flag, .lineage: return false
    }
  }
}
