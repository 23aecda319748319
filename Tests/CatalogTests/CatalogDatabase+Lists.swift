@testable import Catalog

extension CatalogDatabase {
  /// The newest runs, as a list finds and shows them.
  func runs(limit: Int) throws -> [RunRecord] {
    try runs(try search(SearchRequest(.runs, limit: limit)).ids).map(\.run)
  }

  /// The newest versions of all datasets, or of one, as a list finds and shows them.
  func datasetVersions(named name: String? = nil) throws -> [DatasetVersionRecord] {
    var request = try SearchRequest(.datasets, limit: 1000)
    request.name = name
    return try datasetVersions(try search(request).ids)
  }
}
