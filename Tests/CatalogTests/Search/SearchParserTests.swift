import Diagnostics
import TestSupport
import Testing

@testable import Catalog

struct SearchParserTests {
  /// The condition with a parenthesis around everything that belongs together.
  private func grouped(_ text: String, _ subject: SearchSubject = .runs) throws -> String {
    try SearchParser.expression(text, subject, now: Timestamp(microseconds: 0)).grouped
  }

  @Test(arguments: [
    (
      "kind = train or kind = evaluate and seed = 1",
      "(kind = train | (kind = evaluate & seed = 1.0))"
    ),
    (
      "(kind = train or kind = evaluate) and seed = 1",
      "((kind = train | kind = evaluate) & seed = 1.0)"
    ),
    ("not kind = train and seed = 1", "(!kind = train & seed = 1.0)"),
    ("not (kind = train and seed = 1)", "!(kind = train & seed = 1.0)"),
    ("not not seed = 1", "!!seed = 1.0"),
    ("seed = 1 and seed = 2 and seed = 3", "(seed = 1.0 & seed = 2.0 & seed = 3.0)"),
    ("seed != 1 or seed <> 2", "(!seed = 1.0 | !seed = 2.0)"),
    ("seed == 1", "seed = 1.0"),
    ("SEED", ""),
    ("seed not in (1, -2.5e1)", "!seed in 1.0 -25.0"),
    ("seed NOT IN (1) AND Kind", ""),
    ("model not like 'wolf%' OR model ilike \"%DOG\"", "(!model like wolf% | model ilike %DOG)"),
    ("message is null and message is not null", "(message null & !message null)"),
    ("params.`learning rate` > 1e-3", "params learning rate > 0.001"),
    ("params.```` = a", "params ` = a"),
    ("params.optimizer.name = 'it''s'", "params optimizer.name = it's"),
    ("metrics.loss <= 0.5", "metrics loss last <= 0.5"),
    ("min(metrics.a/b) < Infinity", "metrics a/b least < inf"),
    ("MAX(metrics.top-5) = NaN", "metrics top-5 greatest = nan"),
    ("at(metrics.loss, -3) = 1", "metrics loss step(-3) = 1.0"),
    ("tags.stage = live", "tags stage = live"),
    ("tags.stage=\"in (or)\"and seed=1", "(tags stage = in (or) & seed = 1.0)"),
    ("started > -7d", "started > -604800000000"),
    (
      "started > '1970-01-02' and ended < 1970-01-01T00:01",
      "(started > 86400000000 & ended < 60000000)"
    ),
    (
      "descendant of wolfdog@1 and ANCESTOR OF 'dog@live'",
      "(descendant wolfdog@1 & ancestor dog@live)"
    ),
    ("dataset in (a, b@2)", "dataset in a b@2"),
    ("run = 3f2a", "run = 3f2a"),
  ])
  func `conditions are grouped by the usual precedence`(text: String, expected: String) throws {
    guard !expected.isEmpty else {
      let error = #expect(throws: RegistryError.self) { try grouped(text) }
      #expect(error?.code == .malformedSearch)
      return
    }
    #expect(try grouped(text) == expected)
  }

  @Test func `flags stand alone or are compared with true and false`() throws {
    #expect(try grouped("recalled", .models) == "recalled holds")
    #expect(
      try grouped("not recalled and recalled = true", .models)
        == "(!recalled holds & recalled holds)")
    #expect(
      try grouped("recalled = false or recalled != false", .models)
        == "(!recalled holds | recalled holds)")
  }

  @Test(arguments: [
    ("", 1, 1), ("seed =", 7, 1), ("seed = 1 or", 12, 1), ("(seed = 1", 10, 1),
    ("seed = 1)", 9, 1), ("seed 1", 6, 1), ("sed = 1", 1, 3), ("kind = trian", 8, 5),
    ("seed = 'a'", 8, 3), ("metrics.loss < low", 16, 3), ("metrics.loss < NaN", 14, 1),
    ("kind < train", 6, 1), ("params. = 1", 1, 7), ("started > yesterday", 11, 9),
    ("started > '2026-02-30'", 11, 12), ("model = 'wolf", 9, 1), ("seed = 1 ; drop", 10, 1),
    ("seed in 1", 9, 1), ("seed in (1,)", 12, 1), ("seed in ()", 10, 1), ("seed like 'a'", 6, 4),
    ("at(metrics.loss, 1.5) = 1", 18, 3), ("min(params.loss) = 1", 5, 11), ("run = xyz", 7, 3),
    ("dataset = 'a b'", 11, 5), ("größe = 1", 1, 5), ("seed is 1", 9, 1),
    ("base = wolfdog@0", 8, 9), ("params.x < 'a' and &", 20, 1),
  ])
  func `an error points at the place`(text: String, column: Int, length: Int) throws {
    let error = try #require(#expect(throws: RegistryError.self) { try grouped(text) })
    #expect(error.code.category == .usage)
    let excerpt = try #require(error.cause as? SearchExcerpt, "\(text)")
    #expect(excerpt.text == text)
    #expect(excerpt.column == column, "\(text): \(error)")
    if column <= text.unicodeScalars.count {
      #expect(excerpt.length == length, "\(text): \(error)")
    }
    #expect(error.message.hasSuffix(".") && error.remedy?.isEmpty == false)
  }

  @Test func `a name that is nearly one is suggested`() throws {
    let error = #expect(throws: RegistryError.self) { try grouped("stat = finished") }
    #expect(error?.remedy?.hasPrefix("Did you mean state?") == true)
    let dataset = #expect(throws: RegistryError.self) { try grouped("metrics.a = 1", .datasets) }
    #expect(dataset?.message == "Datasets have no metrics.")
  }

  @Test func `what would be too much for a query is refused`() throws {
    let many = Array(repeating: "seed = 1", count: 201).joined(separator: " or ")
    let deep = String(repeating: "(", count: 60) + "seed = 1" + String(repeating: ")", count: 60)
    let nots = String(repeating: "not ", count: 60) + "seed = 1"
    let list = "seed in (" + Array(repeating: "1", count: 1001).joined(separator: ",") + ")"
    let long = "model = '" + String(repeating: "x", count: 20_000) + "'"
    let pattern = "model like '" + String(repeating: "%a", count: 300) + "'"
    for text in [many, deep, nots, list, long, pattern] {
      let error = #expect(throws: RegistryError.self) { try grouped(text) }
      #expect(error?.code == .malformedSearch)
    }
    #expect(throws: Never.self) {
      try grouped(Array(repeating: "seed = 1", count: 200).joined(separator: " or "))
    }
  }

  @Test func `orders have keys with directions`() throws {
    let keys = try SearchOrder.keys("metrics.loss desc, params.`a b`, started ASC", .runs)
    #expect(keys.map(\.isDescending) == [true, false, false])
    #expect(keys.map(\.field.grouped) == ["metrics loss last", "params a b", "started"])
    for text in ["", "loss", "seed,", "seed up", "dataset", "seed desc asc", "descendant of a"] {
      let error = #expect(throws: RegistryError.self) { try SearchOrder.keys(text, .runs) }
      #expect(error?.code == .malformedSearch)
      #expect(error?.place?.subject?.hasPrefix("--sort, column ") == true)
    }
  }

  @Test func `texts that nobody meant as conditions never crash the parser`() {
    var generator = SeededGenerator(seed: 20_260_728)
    let words = [
      "and", "or", "not", "in", "like", "ilike", "is", "null", "of", "descendant", "ancestor", "(",
      ")", ",", "=", "!=", "<", "<=", ">", ">=", "'", "\"", "`", "'a'", "`b`", "seed", "kind",
      "train", "params.", "params.x", "metrics.loss", "tags.t", "min", "max", "at", "last", "1",
      "-7d", "1e308", "NaN", "Infinity", "2026-01-01", "dog@1", "@", "\u{0}", "é", "\u{1F43A}",
      "\\",
      "%", ";", "--", "/*", "started", "base", "run", "dataset", "recalled", "true",
    ]
    var parsed = 0
    for _ in 0..<20_000 {
      let count = Int.random(in: 1...12, using: &generator)
      let separators = ["", " ", "  ", "\n"]
      var text = ""
      for _ in 0..<count {
        text += words.randomElement(using: &generator) ?? ""
        text += separators.randomElement(using: &generator) ?? ""
      }
      for subject in SearchSubject.allCases {
        do {
          _ = try SearchParser.expression(text, subject)
          parsed += 1
        } catch {
          #expect(error.code.category == .usage)
          let excerpt = error.cause as? SearchExcerpt
          #expect((excerpt?.column ?? 1) <= text.unicodeScalars.count + 1)
        }
        _ = try? SearchOrder.keys(text, subject)
      }
    }
    #expect(parsed > 10)
  }
}

extension SearchExpression {
  /// The condition as a text that shows what belongs together.
  fileprivate var grouped: String {
    switch self {
    case .all(let parts): "(" + parts.map(\.grouped).joined(separator: " & ") + ")"
    case .any(let parts): "(" + parts.map(\.grouped).joined(separator: " | ") + ")"
    case .not(let inner): "!" + inner.grouped
    case .predicate(let predicate): predicate.grouped
    }
  }
}

extension SearchPredicate {
  fileprivate var grouped: String {
    switch test {
    case .compare(let comparison, let value):
      "\(field.grouped) \(comparison.rawValue) \(value.grouped)"
    case .among(let values):
      "\(field.grouped) in \(values.map(\.grouped).joined(separator: " "))"
    case .like(let pattern):
      "\(field.grouped) \(pattern.ignoresCase ? "ilike" : "like") \(pattern.text)"
    case .missing: "\(field.grouped) null"
    case .relative(let relation, let reference): "\(relation.rawValue) \(reference)"
    case .holds: "\(field.grouped) holds"
    }
  }
}

extension SearchField {
  fileprivate var grouped: String {
    switch self {
    case .column(let column): column.name
    case .parameter(let name): "params \(name)"
    case .metric(let name, let statistic): "metrics \(name) \(statistic)"
    case .tag(let name): "tags \(name)"
    }
  }
}

extension SearchValue {
  fileprivate var grouped: String {
    switch self {
    case .text(let text): text
    case .number(let number): "\(number)"
    case .time(let time): "\(time.microseconds)"
    case .reference(let reference): "\(reference)"
    }
  }
}
