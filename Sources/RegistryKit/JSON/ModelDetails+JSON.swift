extension ModelDetails {
  /// The JSON of one model: the keys of a list's item, and those that only a single one has.
  package func document() throws -> JSONValue {
    let summary = try JSONValue(encoding: summary)
    let rest = try JSONValue(encoding: self).members.filter { $0.key != "summary" }
    return .object(summary.members + rest)
  }
}
