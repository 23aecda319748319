import Diagnostics

/// Reads a condition by recursive descent.
///
///     condition  = conjunction { "or" conjunction }
///     conjunction = factor { "and" factor }
///     factor     = "not" factor | "(" condition ")" | predicate
///     predicate  = ("descendant" | "ancestor") "of" REFERENCE
///                | field ( comparison value | ["not"] "in" "(" value { "," value } ")"
///                        | ["not"] ("like" | "ilike") TEXT | "is" ["not"] "null" )
///                | flag
///     field      = COLUMN | ("params" | "metrics" | "tags") "." NAME
///                | ("last" | "min" | "max") "(" metric ")" | "at" "(" metric "," STEP ")"
struct SearchParser {
  /// How deep parentheses and `not` may be nested.
  private static let maximumDepth = 50
  /// The most predicates of a condition, and the most values of a list.
  private static let maximumPredicates = 200
  private static let maximumValues = 1000

  let subject: SearchSubject
  let source: SearchSource
  let now: Timestamp
  private let tokens: [SearchToken]
  private var position = 0
  private var depth = 0
  private var predicateCount = 0

  /// A parser at the beginning of a text; times such as `-7d` are counted from `now`.
  ///
  /// - Throws: `malformed_search`.
  init(
    _ text: String, _ subject: SearchSubject, option: String, now: Timestamp
  ) throws(RegistryError) {
    self.subject = subject
    self.now = now
    source = SearchSource(text, option: option)
    tokens = try SearchLexer.tokens(of: source)
  }

  /// The condition that the whole text is.
  ///
  /// - Throws: `malformed_search`, `malformed_reference`.
  static func expression(
    _ text: String, _ subject: SearchSubject, option: String = "--where", now: Timestamp = .now()
  ) throws(RegistryError) -> SearchExpression {
    var parser = try SearchParser(text, subject, option: option, now: now)
    let expression = try parser.condition()
    guard parser.current.kind == .end else {
      throw parser.unexpected("the end, 'and' or 'or'")
    }
    return expression
  }

  // MARK: Tokens

  var current: SearchToken { tokens[position] }

  mutating func advance() { if position < tokens.count - 1 { position += 1 } }

  /// Whether the token is that keyword, in capital or small letters.
  func isKeyword(_ word: String, ahead: Int = 0) -> Bool {
    guard position + ahead < tokens.count, case .word(let text) = tokens[position + ahead].kind
    else { return false }
    return text.lowercased() == word
  }

  mutating func take(keyword: String) -> Bool {
    guard isKeyword(keyword) else { return false }
    advance()
    return true
  }

  mutating func take(_ kind: SearchToken.Kind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  mutating func require(_ kind: SearchToken.Kind, _ name: String) throws(RegistryError) {
    guard take(kind) else { throw unexpected(name) }
  }

  func unexpected(_ wanted: String) -> RegistryError {
    source.error(
      "It has \(current.written(in: source.scalars)) where \(wanted) belongs.",
      at: current.range,
      remedy: "Write a condition such as \(subject.example).")
  }

  // MARK: Conditions

  private mutating func condition() throws(RegistryError) -> SearchExpression {
    var parts = [try conjunction()]
    while take(keyword: "or") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws(RegistryError) -> SearchExpression {
    var parts = [try factor()]
    while take(keyword: "and") { parts.append(try factor()) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func factor() throws(RegistryError) -> SearchExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw source.error(
        "Conditions are nested more than \(Self.maximumDepth) deep.", at: current.range,
        remedy: "Use fewer parentheses.")
    }
    if take(keyword: "not") { return .not(try factor()) }
    if take(.opening) {
      let inner = try condition()
      try require(.closing, "')', 'and' or 'or'")
      return inner
    }
    predicateCount += 1
    guard predicateCount <= Self.maximumPredicates else {
      throw source.error(
        "It has more than \(Self.maximumPredicates) comparisons.", at: current.range,
        remedy: "Use 'in' for many values of one name, or ask several times.")
    }
    return try predicate()
  }

  // MARK: Predicates

  private mutating func predicate() throws(RegistryError) -> SearchExpression {
    for relation in [LineageRelation.descendant, .ancestor]
    where isKeyword(relation.rawValue) && isKeyword("of", ahead: 1) {
      guard subject != .datasets else {
        throw source.error(
          "Datasets have no lineage.", at: current.range,
          remedy: "Ask for models: `registry models --where`.")
      }
      advance()
      advance()
      let reference = try self.reference()
      return .predicate(
        SearchPredicate(field: .column(.lineage), test: .relative(relation, reference)))
    }
    let start = current.range.lowerBound
    let field = try self.field()
    let range = start..<tokens[position - 1].range.upperBound
    if case .column(let column) = field, case .flag = column.kind {
      return try flag(field)
    }
    switch current.kind {
    case .comparison(let comparison):
      let place = current.range
      advance()
      let (value, isNaN) = try self.value(of: field, named: range)
      let isOrder = comparison != .equal && comparison != .notEqual
      if isOrder, isNaN || !field.isOrdered {
        throw source.error(
          isNaN
            ? "NaN is neither less nor greater than a number."
            : "The values of \(source.part(range)) have no order.",
          at: place, remedy: "Compare with = or !=.")
      }
      if comparison == .notEqual {
        return .not(.predicate(SearchPredicate(field: field, test: .compare(.equal, value))))
      }
      return .predicate(SearchPredicate(field: field, test: .compare(comparison, value)))
    case .word:
      if take(keyword: "is") {
        let isNegated = take(keyword: "not")
        guard take(keyword: "null") else { throw unexpected("'null'") }
        let test = SearchExpression.predicate(SearchPredicate(field: field, test: .missing))
        return isNegated ? .not(test) : test
      }
      let isNegated = take(keyword: "not")
      let test = try listOrPattern(field, range)
      return isNegated ? .not(.predicate(test)) : .predicate(test)
    default:
      throw unexpected("a comparison")
    }
  }

  /// A flag stands alone, or is compared with `true` or `false`.
  private mutating func flag(_ field: SearchField) throws(RegistryError) -> SearchExpression {
    let test = SearchExpression.predicate(SearchPredicate(field: field, test: .holds))
    guard case .comparison(let comparison) = current.kind else { return test }
    guard comparison == .equal || comparison == .notEqual else { throw unexpected("'='") }
    advance()
    let isTrue = take(keyword: "true")
    guard isTrue || take(keyword: "false") else { throw unexpected("'true' or 'false'") }
    return isTrue == (comparison == .equal) ? test : .not(test)
  }

  private mutating func listOrPattern(
    _ field: SearchField, _ range: Range<Int>
  ) throws(RegistryError) -> SearchPredicate {
    if take(keyword: "in") {
      try require(.opening, "'('")
      var values: [SearchValue] = []
      repeat {
        guard values.count < Self.maximumValues else {
          throw source.error(
            "A list has more than \(Self.maximumValues) values.", at: current.range,
            remedy: "Ask several times.")
        }
        values.append(try value(of: field, named: range).value)
      } while take(.comma)
      try require(.closing, "',' or ')'")
      return SearchPredicate(field: field, test: .among(values))
    }
    let ignoresCase = isKeyword("ilike")
    guard ignoresCase || isKeyword("like") else { throw unexpected("a comparison") }
    guard field.isText else {
      throw source.error(
        "\(source.part(range)) is no text: it has no pattern.", at: current.range,
        remedy: "Compare with = or !=.")
    }
    advance()
    let place = current.range
    guard let pattern = text(of: current) else { throw unexpected("a pattern in quotes") }
    guard pattern.utf8.count <= SearchPattern.maximumBytes else {
      throw source.error(
        "A pattern has at most \(SearchPattern.maximumBytes) bytes.", at: place,
        remedy: "Shorten it.")
    }
    advance()
    return SearchPredicate(
      field: field, test: .like(SearchPattern(text: pattern, ignoresCase: ignoresCase)))
  }
}

extension SearchSubject {
  /// A condition that shows how one is written.
  var example: String {
    switch self {
    case .runs: "metrics.validation_accuracy > 0.9 and state = finished"
    case .models: "origin = trained and created > -7d"
    case .datasets: "images > 100 and created > -7d"
    }
  }
}

extension SearchSource {
  /// A part of the text, for messages.
  func part(_ range: Range<Int>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[range.clamped(to: 0..<scalars.count)])
    return NameRule.shown(text)
  }
}

extension SearchField {
  /// Whether one value may be less than another.
  var isOrdered: Bool {
    guard case .column(let column) = self else { return true }
    switch column.kind {
    case .text, .name, .number, .time, .texts: return true
    case .word, .run, .modelVersion, .datasetVersion, .flag, .lineage: return false
    }
  }

  /// Whether the values are texts, which fit patterns.
  var isText: Bool {
    switch self {
    case .parameter, .tag: true
    case .metric: false
    case .column(let column):
      switch column.kind {
      case .text, .name, .word, .texts, .modelVersion, .datasetVersion: true
      case .number, .time, .run, .flag, .lineage: false
      }
    }
  }
}
