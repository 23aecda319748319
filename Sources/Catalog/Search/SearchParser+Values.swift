import Diagnostics

extension SearchParser {
  /// The field that stands here.
  ///
  /// - Throws: `malformed_search` for a name that the subject has not.
  mutating func field() throws(RegistryError) -> SearchField {
    let token = current
    guard case .word(let word) = token.kind else { throw unexpected("a name") }
    let functions = ["last", "min", "max", "at"]
    let isFunction = functions.contains(word.lowercased())
    advance()
    if isFunction, take(.opening) {
      let place = current.range
      guard case .word(let argument) = current.kind else { throw unexpected("a metric") }
      advance()
      guard case .metric(let key, _)? = try keyed(argument, place) else {
        throw source.error(
          "\(source.part(place)) is no metric.", at: place,
          remedy: "Write \(word)(metrics.NAME\(word.lowercased() == "at" ? ", STEP" : "")).")
      }
      let statistic: MetricStatistic
      switch word.lowercased() {
      case "min": statistic = .least
      case "max": statistic = .greatest
      case "last": statistic = .last
      default:
        try require(.comma, "','")
        guard case .number(let number) = current.kind, let step = Int(exactly: number) else {
          throw unexpected("a step, a whole number,")
        }
        advance()
        statistic = .step(step)
      }
      try require(.closing, "')'")
      return .metric(key, statistic)
    }
    if let field = try keyed(word, token.range) { return field }
    if let column = subject.columns.first(where: { $0.name == word }) { return .column(column) }
    throw unknown(word, token.range)
  }

  /// The parameter, metric or tag that a word such as `params.epochs` names; `nil` for another word.
  private mutating func keyed(
    _ word: String, _ range: Range<Int>
  ) throws(RegistryError) -> SearchField? {
    let kinds: [(prefix: String, make: @Sendable (String) -> SearchField)] = [
      ("params.", { .parameter($0) }), ("metrics.", { .metric($0, .last) }),
      ("tags.", { .tag($0) }),
    ]
    for (prefix, make) in kinds where word.hasPrefix(prefix) {
      if subject.runColumn == nil, prefix != "tags." {
        throw source.error(
          "Datasets have no \(prefix.dropLast()).", at: range,
          remedy: "Ask for runs: `registry runs --where`.")
      }
      var key = String(word.dropFirst(prefix.count))
      if key.isEmpty, case .name(let quoted) = current.kind,
        current.range.lowerBound == range.upperBound
      {
        key = quoted
        advance()
      }
      guard !key.isEmpty else {
        throw source.error(
          "A name is missing after \(prefix)", at: range,
          remedy: "Write \(prefix)NAME, or \(prefix)`a name` with backticks.")
      }
      return make(key)
    }
    return nil
  }

  private func unknown(_ word: String, _ range: Range<Int>) -> RegistryError {
    var names = subject.columns.map(\.name)
    if subject.runColumn != nil { names += ["params.NAME", "metrics.NAME"] }
    names.append("tags.NAME")
    let nearest = names.nearest(to: word).map { "Did you mean \($0)? " } ?? ""
    return source.error(
      "\(NameRule.shown(word)) is nothing that \(subject.rawValue) have.", at: range,
      remedy: nearest + "They have \(names.joined(separator: ", ")).")
  }

  /// The text that a token stands for as a value; `nil` for signs.
  func text(of token: SearchToken) -> String? {
    switch token.kind {
    case .word(let text), .text(let text): text
    case .number, .duration: source.text(token.range)
    case .name, .comparison, .opening, .closing, .comma, .end: nil
    }
  }

  /// A reference to a version.
  mutating func reference() throws(RegistryError) -> Reference {
    let token = current
    guard let text = text(of: token) else { throw unexpected("NAME or NAME@VERSION") }
    advance()
    do throws(RegistryError) {
      return try Reference(parsing: text)
    } catch {
      throw RegistryError(
        error.code, error.message, place: source.place(of: token.range), remedy: error.remedy,
        cause: source.excerpt(of: token.range))
    }
  }

  /// A value that the field can be compared with, and whether it is NaN.
  mutating func value(
    of field: SearchField, named range: Range<Int>
  ) throws(RegistryError) -> (value: SearchValue, isNaN: Bool) {
    let token = current
    guard let text = text(of: token) else { throw unexpected("a value") }
    let value: SearchValue
    switch field {
    case .metric:
      value = .number(try number(token, range, allowsNonFinite: true))
    case .parameter, .tag:
      if case .number(let number) = token.kind {
        value = .number(number)
      } else {
        value = .text(text)
      }
    case .column(let column):
      switch column.kind {
      case .text, .name, .texts: value = .text(text)
      case .word(_, let known):
        guard known.contains(text) else {
          throw source.error(
            "\(source.part(range)) is never \(NameRule.shown(text)).", at: token.range,
            remedy: "It is one of \(known.joined(separator: ", ")).")
        }
        value = .text(text)
      case .number: value = .number(try number(token, range, allowsNonFinite: false))
      case .time: value = .time(try time(token))
      case .run:
        guard RunIdentifier.range(ofPrefix: text) != nil else {
          throw source.error(
            "\(NameRule.shown(text)) is no id of a run.", at: token.range,
            remedy: "Give its hexadecimal digits, or the first of them.")
        }
        value = .text(text)
      case .modelVersion, .datasetVersion:
        return (.reference(try reference()), false)
      case .flag, .lineage:
        preconditionFailure("a flag is compared with nothing")
      }
    }
    advance()
    if case .number(let number) = value, number.isNaN { return (value, true) }
    return (value, false)
  }

  private func number(
    _ token: SearchToken, _ range: Range<Int>, allowsNonFinite: Bool
  ) throws(RegistryError) -> Double {
    if case .number(let number) = token.kind { return number }
    if allowsNonFinite, let text = text(of: token) {
      if let number = MetricPoint.nonFinite[text] { return number }
    }
    throw source.error(
      "\(source.part(range)) is a number, and \(token.written(in: source.scalars)) is none.",
      at: token.range,
      remedy: allowsNonFinite
        ? "Write a number such as 0.95, or NaN, Infinity or -Infinity." : "Write a number.")
  }

  private func time(_ token: SearchToken) throws(RegistryError) -> Timestamp {
    if case .duration(let length) = token.kind {
      return Timestamp(microseconds: now.microseconds + length)
    }
    if let text = text(of: token) {
      if text == "now" { return now }
      if let time = Timestamp(iso8601: text) { return time }
    }
    throw source.error(
      "\(token.written(in: source.scalars)) is no time.", at: token.range,
      remedy: "Write '2026-01-31', '2026-01-31T18:30' (UTC), or -7d for a week ago "
        + "(s, m, h, d, w).")
  }
}

extension SearchSource {
  /// A part of the text.
  func text(_ range: Range<Int>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[range])
    return text
  }
}
