/// A version of a model or a dataset, as other records point to it.
package struct NamedVersion: Hashable, Sendable, CustomStringConvertible {
  /// The number of its row.
  package let id: Int64
  /// The name of the model or dataset.
  package let name: String
  /// The number among the versions of that name.
  package let version: Int

  /// A version with these parts.
  package init(id: Int64, name: String, version: Int) {
    self.id = id
    self.name = name
    self.version = version
  }

  /// For example `wolfdog@3`.
  package var description: String { "\(name)@\(version)" }
}
