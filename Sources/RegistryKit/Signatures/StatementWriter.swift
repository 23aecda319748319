package import Catalog
package import Diagnostics
private import Tensors

/// Writes statements about the model versions of one state of the catalogue, each once.
package struct StatementWriter {
  private let snapshot: CatalogSnapshot
  private var written: [Int64: WrittenStatement] = [:]
  private var contents: [Int64: Digest] = [:]

  /// A writer that has written nothing yet.
  package init(_ snapshot: CatalogSnapshot) { self.snapshot = snapshot }

  /// The datasets that the statements name.
  package var datasetVersionIDs: [Int64] { contents.keys.sorted() }

  /// The statement of a version, and those of its bases and of itself, the oldest first.
  ///
  /// - Throws: `unfinished_run` when a run that made one of them has not ended.
  package mutating func statement(
    of record: ModelVersionRecord
  ) throws -> (own: WrittenStatement, chain: [WrittenStatement]) {
    // A loop, not a recursion: chains may be thousands of versions long.
    var records = [record]
    while let baseID = records.last?.baseID {
      records.append(try snapshot.modelVersion(id: baseID))
    }
    var chain: [WrittenStatement] = []
    for record in records.dropFirst().reversed() {
      chain.append(try writtenOnce(record, base: chain.last))
    }
    let own = try writtenOnce(record, base: chain.last)
    return (own, chain + [own])
  }

  private mutating func writtenOnce(
    _ record: ModelVersionRecord, base: WrittenStatement?
  ) throws -> WrittenStatement {
    let statement = try written[record.id] ?? write(record, base: base)
    written[record.id] = statement
    return statement
  }

  private mutating func write(
    _ record: ModelVersionRecord, base: WrittenStatement?
  ) throws -> WrittenStatement {
    let statement = Statement(
      format: Statement.formatName, model: record.model, version: record.version,
      origin: record.origin.rawValue, architecture: record.architecture,
      createdAt: record.createdAt.microseconds, backbone: Digest(of: Array(record.backbone.utf8)),
      head: Digest(of: Array(record.head.utf8)), labels: Digest(of: Array(record.labels.utf8)),
      preprocessing: Digest(of: Array(record.preprocessing.utf8)),
      freezePlan: Digest(of: Array(record.freezePlan.utf8)),
      source: Digest(of: Array(record.source.utf8)), datasets: try datasets(record.datasets),
      tensors: try snapshot.tensorNames(ofModelVersion: record.id).map {
        [$0.name, $0.digest.hexadecimal]
      },
      run: try record.runID.map { try run(try snapshot.run($0)) },
      base: base.map {
        .init(model: $0.statement.model, version: $0.statement.version, statement: $0.digest)
      })
    let text = try CanonicalJSON.text(of: statement)
    return WrittenStatement(
      versionID: record.id, statement: statement, text: text, digest: Digest(of: Array(text.utf8)))
  }

  private mutating func run(_ record: RunRecord) throws -> Statement.Run {
    guard let endedAt = record.endedAt else {
      throw RegistryError(
        .unfinishedRun, "The run \(record.id) has not ended.", place: .subject(record.id),
        remedy: "Run `registry verify`: a version is there only after its run has ended.")
    }
    return Statement.Run(
      id: record.id, kind: record.kind.rawValue, seed: String(record.seed),
      program: record.program, startedAt: record.startedAt.microseconds,
      endedAt: endedAt.microseconds, datasets: try datasets(record.datasets),
      parameters: Self.digest(of: record.parameters), host: Self.digest(of: record.host),
      metrics: try snapshot.metricsDigest(ofRun: record.id))
  }

  private mutating func datasets(_ versions: [NamedVersion]) throws -> [Statement.Dataset] {
    try versions.map { version in
      let content =
        try contents[version.id] ?? snapshot.contentDigest(ofDatasetVersion: version.id)
      contents[version.id] = content
      return Statement.Dataset(dataset: version.name, version: version.version, content: content)
    }
  }

  /// The SHA-256 of one line for each text, by the bytes of their names: the number of bytes of the
  /// name, the name, the number of bytes of the text and the text, with blanks between and a line
  /// feed at the end.
  private static func digest(of texts: [String: String]) -> Digest {
    var hasher = DigestHasher()
    for (name, text) in texts.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      hasher.update("\(name.utf8.count) \(name) \(text.utf8.count) \(text)\n")
    }
    return hasher.finalize()
  }
}

extension RegistryError.Code {
  /// A model version was made by a run that has not ended.
  package static let unfinishedRun = Self("unfinished_run", .corrupt)
}
