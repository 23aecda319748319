import Diagnostics
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct SearchTests {
  /// A run as the test knows it, without the catalogue.
  private struct Item {
    var id: Int64 = 0
    let kind: RunKind
    let model: String
    let seed: Int
    let parameters: [String: String]
    /// The points of each metric, in the order of steps.
    let metrics: [String: [Double]]
    let tags: [String: String]
    let isFinished: Bool
  }

  /// A condition as a text, and what it means.
  private struct Condition {
    let text: String
    let holds: (Item) -> Bool
  }

  private static let models = ["wolf", "wolfdog", "Coyote", "a_b", "100%", "it's", "x*y", "[z]"]
  private static let words = ["adam", "sgd", "10", "2.5", "-1", "", "Adam", "1e1"]
  private static let numbers: [Double] = [
    .nan, .infinity, -.infinity, 0, 1, -1, 0.5, 10, 1e-300, 123_456_789.125,
  ]

  private static func item(_ generator: inout SeededGenerator) -> Item {
    var parameters: [String: String] = [:]
    for name in ["optimizer", "learning rate", "epochs"] where Bool.random(using: &generator) {
      parameters[name] = words.randomElement(using: &generator)
    }
    var metrics: [String: [Double]] = [:]
    for name in ["loss", "top-5/acc"] where Int.random(in: 0..<3, using: &generator) > 0 {
      metrics[name] = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        numbers.randomElement(using: &generator) ?? 0
      }
    }
    var tags: [String: String] = [:]
    for name in ["stage", "team x"] where Bool.random(using: &generator) {
      tags[name] = words.randomElement(using: &generator)
    }
    return Item(
      kind: Bool.random(using: &generator) ? .train : .evaluate,
      model: models.randomElement(using: &generator) ?? "",
      seed: Int.random(in: -2...2, using: &generator),
      parameters: parameters, metrics: metrics, tags: tags,
      isFinished: Bool.random(using: &generator))
  }

  private static func store(_ item: inout Item, _ catalog: CatalogDatabase) throws {
    let run = try catalog.beginRun(
      RunDraft(
        kind: item.kind, model: item.model, baseID: nil, datasetVersionIDs: [],
        parameters: item.parameters, seed: item.seed, host: ["host": "h"], program: "p"))
    try catalog.appendMetrics(
      item.metrics.flatMap { key, values in
        values.enumerated().map { MetricPoint(key: key, step: $0.offset, value: $0.element) }
      }, to: run.id)
    item.id = try catalog.runRow(run.id)
    let (id, tags) = (item.id, item.tags)
    try catalog.write { database in
      for (key, value) in tags {
        try database.change(
          "INSERT INTO tags (subject_kind, subject_id, key, value) VALUES ('run', ?, ?, ?)",
          [id, key, value])
      }
    }
    if item.isFinished { try catalog.endRun(RunCompletion(run: run.id, state: .finished)) }
  }

  // MARK: Conditions

  private static func quoted(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
  }

  private static func comparison(
    _ generator: inout SeededGenerator
  ) -> (sign: String, holds: (Double, Double) -> Bool) {
    let all: [(String, (Double, Double) -> Bool)] = [
      ("=", { $0 == $1 || $0.isNaN && $1.isNaN }), ("!=", { !($0 == $1 || $0.isNaN && $1.isNaN) }),
      ("<", { $0 < $1 }), ("<=", { $0 <= $1 }), (">", { $0 > $1 }), (">=", { $0 >= $1 }),
    ]
    let chosen = all[Int.random(in: 0..<all.count, using: &generator)]
    return (sign: chosen.0, holds: chosen.1)
  }

  private static func written(_ number: Double) -> String {
    number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)"
  }

  /// A condition on a text that may be missing.
  private static func textual(
    _ name: String, _ value: @escaping (Item) -> String?, _ generator: inout SeededGenerator
  ) -> Condition {
    let word = (words + models).randomElement(using: &generator) ?? ""
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: return Condition(text: "\(name) = \(quoted(word))") { value($0) == word }
    case 1: return Condition(text: "\(name) != \(quoted(word))") { value($0) != word }
    case 2:
      let others = [word, "sgd", "wolf"]
      return Condition(text: "\(name) in (\(others.map(quoted).joined(separator: ", ")))") {
        value($0).map(others.contains) ?? false
      }
    case 3: return Condition(text: "\(name) is not null") { value($0) != nil }
    case 4:
      let part = String(word.prefix(2))
      let escaped = part.map { "%_\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
      return Condition(text: "\(name) like \(quoted(escaped + "%"))") {
        value($0)?.hasPrefix(part) ?? false
      }
    default:
      return Condition(text: "\(name) not ilike \(quoted("_\(word.dropFirst())%"))") { item in
        guard let text = value(item), !text.isEmpty else {
          return !(value(item).map { _ in false } ?? false)
        }
        // Only patterns without signs of their own are told apart here.
        let rest = word.dropFirst()
        if rest.contains(where: { "%_\\".contains($0) }) {
          return !Self.matches(text, "_\(rest)%")
        }
        return !text.dropFirst().lowercased().hasPrefix(rest.lowercased())
      }
    }
  }

  /// Whether a text fits a pattern, by trying every way, without regard to case.
  private static func matches(_ text: some StringProtocol, _ pattern: String) -> Bool {
    guard let sign = pattern.first else { return text.isEmpty }
    let rest = String(pattern.dropFirst())
    switch sign {
    case "%":
      return text.indices.contains { matches(text[$0...], rest) } || matches("", rest)
    case "_": return !text.isEmpty && matches(text.dropFirst(), rest)
    default: return text.first?.lowercased() == sign.lowercased() && matches(text.dropFirst(), rest)
    }
  }

  private static func leaf(_ generator: inout SeededGenerator) -> Condition {
    let number = numbers.randomElement(using: &generator) ?? 0
    let (sign, holds) = comparison(&generator)
    switch Int.random(in: 0..<9, using: &generator) {
    case 0: return textual("model", { $0.model }, &generator)
    case 1: return textual("params.optimizer", { $0.parameters["optimizer"] }, &generator)
    case 2:
      return textual("params.`learning rate`", { $0.parameters["learning rate"] }, &generator)
    case 3: return textual("tags.`team x`", { $0.tags["team x"] }, &generator)
    case 4:
      // A number is compared with parameters that are numbers.
      let finite = number.isFinite ? number : 10
      return Condition(text: "params.epochs \(sign) \(finite)") {
        guard let text = $0.parameters["epochs"], let value = Double(text) else {
          return sign == "!="
        }
        return holds(value, finite)
      }
    case 5:
      let kind = Bool.random(using: &generator) ? RunKind.train : .evaluate
      return Condition(text: "kind = \(kind.rawValue)") { $0.kind == kind }
    case 6:
      let isFinished = Bool.random(using: &generator)
      return Condition(text: "state in (\(isFinished ? "finished, failed" : "running"))") {
        $0.isFinished == isFinished
      }
    case 7:
      let seed = Int.random(in: -2...2, using: &generator)
      return Condition(text: "seed \(sign) \(seed)") { holds(Double($0.seed), Double(seed)) }
    default:
      let key = Bool.random(using: &generator) ? "loss" : "top-5/acc"
      let isOrder = sign != "=" && sign != "!="
      let bound = isOrder && number.isNaN ? 0.5 : number
      let (name, value): (String, ([Double]) -> Double?) =
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: ("metrics.\(key)", { $0.last })
        case 1: ("min(metrics.\(key))", { $0.filter { !$0.isNaN }.min() ?? .nan })
        case 2: ("max(metrics.\(key))", { $0.filter { !$0.isNaN }.max() ?? .nan })
        default: ("at(metrics.\(key), 1)", { $0.count > 1 ? $0[1] : nil })
        }
      return Condition(text: "\(name) \(sign) \(written(bound))") {
        guard let value = $0.metrics[key].flatMap(value) else { return sign == "!=" }
        return holds(value, bound)
      }
    }
  }

  private static func condition(_ depth: Int, _ generator: inout SeededGenerator) -> Condition {
    guard depth > 0 else { return leaf(&generator) }
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: return leaf(&generator)
    case 1:
      let inner = condition(depth - 1, &generator)
      return Condition(text: "not (\(inner.text))") { !inner.holds($0) }
    case let number:
      let (left, right) = (condition(depth - 1, &generator), condition(depth - 1, &generator))
      return number == 2
        ? Condition(text: "(\(left.text)) and (\(right.text))") {
          left.holds($0) && right.holds($0)
        }
        : Condition(text: "(\(left.text)) or (\(right.text))") { left.holds($0) || right.holds($0) }
    }
  }

  @Test func `random conditions find what a filter in memory finds`() throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: 7)
      var items = (0..<120).map { _ in Self.item(&generator) }
      for index in items.indices { try Self.store(&items[index], catalog) }
      var sizes: Set<Int> = []
      for _ in 0..<700 {
        let condition = Self.condition(3, &generator)
        let expected = items.filter(condition.holds).map(\.id).reversed()
        // Whatever counts as many rows, only the way to the answer changes.
        for manyRows in [0, 12, 4096] {
          var request = try SearchRequest(.runs, where: condition.text, limit: 1000)
          request.manyRows = manyRows
          let found = try catalog.search(request)
          #expect(found.ids == Array(expected), "\(condition.text)")
          sizes.insert(found.ids.count)
        }
      }
      // The conditions told runs apart in many ways.
      #expect(sizes.count > 40)
    }
  }

  @Test func `pages follow one another without a gap, by cursor and by offset`() throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: 3)
      var items = (0..<25).map { _ in Self.item(&generator) }
      for index in items.indices { try Self.store(&items[index], catalog) }
      for order in [
        nil, "metrics.loss desc", "min(metrics.loss)", "metrics.loss desc, seed", "params.epochs",
        "model",
      ] {
        let whole = try catalog.search(SearchRequest(.runs, sort: order, limit: 100))
        #expect(whole.ids.count == 25 && !whole.hasMore)
        var byOffset: [Int64] = []
        for offset in stride(from: 0, to: 30, by: 7) {
          var request = try SearchRequest(.runs, sort: order, limit: 7)
          request.offset = offset
          let page = try catalog.search(request)
          #expect(page.hasMore == (offset + 7 < 25))
          byOffset += page.ids
        }
        #expect(byOffset == whole.ids)
      }
      var byCursor: [Int64] = []
      var request = try SearchRequest(.runs, where: "seed > -9", limit: 4)
      while true {
        let page = try catalog.search(request)
        byCursor += page.ids
        guard page.hasMore else { break }
        request.after = page.ids.last
      }
      #expect(byCursor == items.map(\.id).reversed())
    }
  }

  @Test func `what is sorted by comes in its order, and what is missing last`() throws {
    try withCatalog { catalog in
      var items = [Double?](arrayLiteral: 3, nil, .nan, -1, .infinity, 2).map { value in
        Item(
          kind: .train, model: "m", seed: 0, parameters: [:],
          metrics: value.map { ["loss": [$0]] } ?? [:], tags: [:], isFinished: false)
      }
      for index in items.indices { try Self.store(&items[index], catalog) }
      func order(_ text: String) throws -> [Int] {
        try catalog.search(SearchRequest(.runs, sort: text, limit: 10)).ids.compactMap { id in
          items.firstIndex { $0.id == id }
        }
      }
      #expect(try order("metrics.loss") == [3, 5, 0, 4, 2, 1])
      #expect(try order("metrics.loss desc") == [4, 0, 5, 3, 2, 1])
      #expect(try order("seed, started") == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test(arguments: [
    "' OR 1=1 --", "'; DROP TABLE runs; --", "\" OR \"\"=\"", "`; DELETE FROM runs;`",
    "x') UNION SELECT 1 --", "\u{0}", "%' ESCAPE '", "*[", "\\", "?1", ":name", "@p", "$x",
  ])
  func `values and names are never taken for SQL`(text: String) throws {
    try withCatalog { catalog in
      let hasNull = text.contains("\u{0}")
      let run = try catalog.beginRun(
        RunDraft(
          kind: .train, model: "m", baseID: nil, datasetVersionIDs: [],
          parameters: hasNull ? [:] : ["p": text, text: "v"], seed: 0, host: [:], program: "p"))
      if !hasNull {
        try catalog.appendMetrics([MetricPoint(key: text, step: 0, value: 1)], to: run.id)
      }
      let name = "`" + text.replacingOccurrences(of: "`", with: "``") + "`"
      let value = Self.quoted(text)
      let pattern = Self.quoted(text.map { "%_\\".contains($0) ? "\\\($0)" : "\($0)" }.joined())
      for condition in [
        "params.p = \(value)", "params.\(name) = v", "metrics.\(name) = 1",
        "min(metrics.\(name)) = 1", "at(metrics.\(name), 0) = 1", "params.p in (\(value), b)",
        "params.p like \(pattern)", "params.p ilike \(pattern)",
        "not model = \(value)", "not tags.\(name) = \(value)", "not message like \(value)",
      ] {
        if hasNull {
          #expect(throws: RegistryError.self) {
            try SearchRequest(.runs, where: condition, limit: 10)
          }
        } else {
          let found = try catalog.search(SearchRequest(.runs, where: condition, limit: 10))
          #expect(found.ids.count == 1, "\(condition)")
        }
      }
      if !hasNull {
        #expect(
          try catalog.search(
            SearchRequest(.runs, sort: "params.\(name), metrics.\(name)", limit: 9)
          )
          .ids.count == 1)
      }
      #expect(try catalog.runs(limit: 10).count == 1)
    }
  }
}
