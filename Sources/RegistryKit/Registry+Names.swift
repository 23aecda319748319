private import Catalog

extension Registry {
  /// The models, or the versions of one, that a name that is being typed may become, in order.
  ///
  /// A beginning without `@` becomes names of models; `wolfdog@` becomes the versions and aliases of
  /// that model, such as `wolfdog@3` and `wolfdog@production`, the aliases first.
  ///
  /// - Throws: what SQLite reports; a model that does not exist has no versions.
  public func modelReferences(beginningWith text: String, limit: Int = 1000) throws -> [String] {
    try references(beginningWith: text, of: .models, limit: limit) { name in
      let versions = try models(ListRequest(name: name, limit: limit)).models
      return try catalog.aliases(ofModel: name).map(\.alias) + versions.map { "\($0.version)" }
    }
  }

  /// The datasets, or the versions of one, that a name that is being typed may become, in order.
  ///
  /// - Throws: what SQLite reports; a dataset that does not exist has no versions.
  public func datasetReferences(beginningWith text: String, limit: Int = 1000) throws -> [String] {
    try references(beginningWith: text, of: .datasets, limit: limit) { name in
      try datasets(ListRequest(name: name, limit: limit)).datasets.map { "\($0.version)" }
    }
  }

  /// The runs whose identifiers begin with these hexadecimal digits, the newest first.
  ///
  /// - Throws: what SQLite reports.
  public func runIdentifiers(beginningWith digits: String, limit: Int = 1000) throws -> [String] {
    try catalog.runIdentifiers(beginningWith: digits, limit: limit)
  }

  /// The names that `text` begins, or behind its `@` the versions of the name before it.
  private func references(
    beginningWith text: String, of table: NamedTable, limit: Int,
    versions: (_ name: String) throws -> [String]
  ) throws -> [String] {
    guard let at = text.firstIndex(of: "@") else {
      return try catalog.names(of: table, beginningWith: text, limit: limit)
    }
    let name = String(text[..<at])
    // A name comes before all that it begins.
    guard try catalog.names(of: table, beginningWith: name, limit: 1).first == name else {
      return []
    }
    return try versions(name).map { "\(name)@\($0)" }.filter { $0.hasPrefix(text) }
  }
}
