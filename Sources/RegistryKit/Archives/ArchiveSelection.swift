package import Catalog

/// What an archive of some model versions must hold, so that nothing in it points outside.
///
/// A model and a dataset come with their versions up to the newest that is needed, so that numbers
/// stay dense; a version comes with its base, the run that made it and the finished evaluations of
/// it, a run with its datasets.
package struct ArchiveSelection {
  /// The rows of model versions, in order: a base before its children.
  package private(set) var versions: [Int64] = []
  /// The runs that made none of the versions, by identifier.
  package private(set) var otherRuns: [String] = []
  /// The newest version of each dataset.
  package private(set) var datasets: [String: Int] = [:]

  /// Follows every reference from some versions.
  package init(_ roots: [ModelVersionRecord], _ snapshot: CatalogSnapshot) throws {
    var known: Set<Int64> = []
    var newest: [String: Int] = [:]
    var makers: Set<String> = []
    var evaluations: Set<String> = []
    var waiting = roots
    while let record = waiting.popLast() {
      guard known.insert(record.id).inserted else { continue }
      var needed = record.baseID.map { [$0] } ?? []
      if newest[record.model, default: 0] < record.version {
        newest[record.model] = record.version
        needed += try snapshot.modelVersionIDs(named: record.model, upTo: record.version)
      }
      var runs: [String] = []
      if let run = record.runID {
        makers.insert(run)
        runs.append(run)
      }
      let measured = try snapshot.finishedEvaluations(ofModelVersion: record.id)
      evaluations.formUnion(measured)
      runs += measured
      require(record.datasets)
      for run in try runs.map(snapshot.run) {
        require(run.datasets)
        if let base = run.base { needed.append(base.id) }
      }
      waiting += try needed.filter { !known.contains($0) }.map(snapshot.modelVersion(id:))
    }
    versions = known.sorted()
    otherRuns = evaluations.subtracting(makers).sorted()
  }

  private mutating func require(_ versions: [NamedVersion]) {
    for version in versions {
      datasets[version.name] = max(datasets[version.name] ?? 0, version.version)
    }
  }
}
