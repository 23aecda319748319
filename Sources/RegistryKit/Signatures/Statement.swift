package import Catalog
package import Tensors

/// What a signature vouches for: everything that makes up a model version, by digests, and the
/// statement of its base, so that one signature covers the whole chain of bases.
///
/// `docs/storage-format.md` describes the text byte for byte. It has only texts, whole numbers and
/// lists, so that every program writes it alike.
package struct Statement: Codable, Hashable, Sendable {
  /// The value of `format`.
  package static let formatName = "registry statement 1"

  /// A dataset version, with what it holds.
  package struct Dataset: Codable, Hashable, Sendable {
    package let dataset: String
    package let version: Int
    /// The digest of the images with their labels and splits.
    package let content: Digest
  }

  /// The version that another was derived from.
  package struct Base: Codable, Hashable, Sendable {
    package let model: String
    package let version: Int
    /// The digest of its own statement.
    package let statement: Digest
  }

  /// The run that made a version.
  package struct Run: Codable, Hashable, Sendable {
    package let id: String
    package let kind: String
    /// In decimal digits: not every reader of JSON knows numbers of 64 bits.
    package let seed: String
    package let program: String
    /// Microseconds since 1970.
    package let startedAt: Int64
    package let endedAt: Int64
    package let datasets: [Dataset]
    /// The digest of what it was told.
    package let parameters: Digest
    /// The digest of the machine's description.
    package let host: Digest
    /// The digest of all points.
    package let metrics: Digest

    enum CodingKeys: String, CodingKey {
      case id, kind, seed, program, datasets, parameters, host, metrics
      case startedAt = "started_at"
      case endedAt = "ended_at"
    }
  }

  package let format: String
  package let model: String
  package let version: Int
  package let origin: String
  package let architecture: String
  /// Microseconds since 1970.
  package let createdAt: Int64
  /// Digests of the texts that the catalogue keeps.
  package let backbone: Digest
  package let head: Digest
  package let labels: Digest
  package let preprocessing: Digest
  package let freezePlan: Digest
  package let source: Digest
  /// Where the labels came from.
  package let datasets: [Dataset]
  /// Pairs of a tensor's name and its digest, in the order of the network.
  package let tensors: [[String]]
  package let run: Run?
  package let base: Base?

  enum CodingKeys: String, CodingKey {
    case format, model, version, origin, architecture, backbone, head, labels, preprocessing
    case source, datasets, tensors, run, base
    case createdAt = "created_at"
    case freezePlan = "freeze_plan"
  }
}

extension Statement {
  /// What two statements about one version say differently, in words; empty when they are equal.
  ///
  /// That the base's statement differs is left to the base.
  package func differences(from signed: Statement) -> [String] {
    var differences: [String] = []
    func compare(_ name: String, _ isSame: Bool) { if !isSame { differences.append(name) } }
    compare("the format", format == signed.format)
    compare("the name", model == signed.model)
    compare("the version number", version == signed.version)
    compare("the origin", origin == signed.origin)
    compare("the architecture", architecture == signed.architecture)
    compare("the time of registration", createdAt == signed.createdAt)
    compare("the description of the backbone", backbone == signed.backbone)
    compare("the description of the head", head == signed.head)
    compare("the labels", labels == signed.labels)
    compare("the preprocessing", preprocessing == signed.preprocessing)
    compare("the freeze plan", freezePlan == signed.freezePlan)
    compare("the record of the import", source == signed.source)
    differences += Self.differences(datasets, signed.datasets, "the labels come from")
    differences += tensorDifferences(from: signed)
    switch (run, signed.run) {
    case (let run?, let signedRun?): differences += run.differences(from: signedRun)
    case (nil, nil): break
    default: differences.append("the run")
    }
    compare(
      "the base", base?.model == signed.base?.model && base?.version == signed.base?.version)
    return differences
  }

  private func tensorDifferences(from signed: Statement) -> [String] {
    guard tensors != signed.tensors else { return [] }
    let own = Dictionary(tensors.map { ($0.first, $0.last) }) { first, _ in first }
    let names = signed.tensors.filter { own[$0.first] != $0.last }.compactMap(\.first)
    return names.isEmpty ? ["the list of tensors"] : names.map { "the tensor \($0)" }
  }

  fileprivate static func differences(
    _ datasets: [Dataset], _ signed: [Dataset], _ use: String
  ) -> [String] {
    guard datasets.map(\.name) == signed.map(\.name) else {
      return ["the datasets that \(use)"]
    }
    return zip(datasets, signed).filter { $0 != $1 }.map {
      "the images, labels or splits of the dataset \($0.0.name)"
    }
  }
}

extension Statement.Dataset {
  fileprivate var name: String { "\(dataset)@\(version)" }
}

extension Statement.Run {
  fileprivate func differences(from signed: Statement.Run) -> [String] {
    guard id == signed.id else { return ["the run"] }
    var differences: [String] = []
    if parameters != signed.parameters { differences.append("the parameters of the run \(id)") }
    if metrics != signed.metrics { differences.append("the metrics of the run \(id)") }
    if host != signed.host { differences.append("the host of the run \(id)") }
    differences += Statement.differences(
      datasets, signed.datasets, "the run \(id) read")
    if kind != signed.kind || seed != signed.seed || program != signed.program
      || startedAt != signed.startedAt || endedAt != signed.endedAt
    {
      differences.append("the record of the run \(id)")
    }
    return differences
  }
}

/// A statement with its canonical text.
package struct WrittenStatement: Hashable, Sendable {
  package let versionID: Int64
  package let statement: Statement
  /// The canonical JSON, which is what is signed.
  package let text: String
  /// The SHA-256 of the text.
  package let digest: Digest

  /// As the catalogue keeps it.
  package var record: StatementRecord {
    StatementRecord(versionID: versionID, digest: digest, content: text)
  }
}
