private import Catalog

extension Registry {
  /// The models, or the versions of one, that a name that is being typed may become, in order.
  ///
  /// A beginning without `@` becomes names of models; `wolfdog@` becomes the versions and aliases of
  /// that model, such as `wolfdog@3` and `wolfdog@production`, the aliases first.
  ///
  /// - Throws: what SQLite reports; a model that does not exist has no versions.
  public func modelReferences(beginningWith text: String, limit: Int = 1000) throws -> [String] {
    guard let at = text.firstIndex(of: "@") else {
      return try catalog.modelNames(beginningWith: text, limit: limit)
    }
    let name = String(text[..<at])
    guard try catalog.modelNames(beginningWith: name, limit: 1).first == name else { return [] }
    let aliases = try catalog.aliases(ofModel: name).map { "\(name)@\($0.alias)" }
    let versions = try models(ListRequest(name: name, limit: limit)).models
      .map { "\(name)@\($0.version)" }
    return (aliases + versions).filter { $0.hasPrefix(text) }
  }

  /// The datasets, or the versions of one, that a name that is being typed may become, in order.
  ///
  /// - Throws: what SQLite reports; a dataset that does not exist has no versions.
  public func datasetReferences(beginningWith text: String, limit: Int = 1000) throws -> [String] {
    guard let at = text.firstIndex(of: "@") else {
      return try catalog.datasetNames(beginningWith: text, limit: limit)
    }
    let name = String(text[..<at])
    guard try catalog.datasetNames(beginningWith: name, limit: 1).first == name else { return [] }
    return try datasets(ListRequest(name: name, limit: limit)).datasets
      .map { "\(name)@\($0.version)" }.filter { $0.hasPrefix(text) }
  }

  /// The runs whose identifiers begin with these hexadecimal digits, the newest first.
  ///
  /// - Throws: what SQLite reports.
  public func runIdentifiers(beginningWith digits: String, limit: Int = 1000) throws -> [String] {
    try catalog.runIdentifiers(beginningWith: digits, limit: limit)
  }
}
