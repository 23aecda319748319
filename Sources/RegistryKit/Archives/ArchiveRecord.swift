package import Tensors

/// A line of an archive's records: a JSON object with one member, whose name says what it is.
///
/// A record stands behind those that it refers to.
package enum ArchiveRecord: Hashable, Sendable {
  /// An image that some dataset version holds or held.
  case image(Image)
  /// The head of a dataset version; its removals and additions follow.
  case datasetVersion(DatasetVersion)
  /// An image that a dataset version no longer holds.
  case removed(Removal)
  /// An image that a dataset version holds anew.
  case added(Addition)
  /// A JSON text that versions refer to.
  case document(Document)
  /// New tensors, which stand in the next safetensors file.
  case pack(Pack)
  /// Named tensors that versions refer to.
  case group(Group)
  /// A run; its points follow.
  case run(Run)
  /// Points of a metric.
  case points(Points)
  /// A model version.
  case modelVersion(ModelVersion)
  /// An alias with its history.
  case alias(Alias)
  /// Tags and a note.
  case annotation(Annotation)
  /// A signature under the statement of a model version.
  case signature(Signature)
  /// The recall of a model version.
  case recall(Recall)

  package struct Image: Codable, Hashable, Sendable {
    package let digest: Digest
    package let byteCount: Int
    package let width: Int
    package let height: Int
    package let format: String
    package let channels: Int
    package let bitDepth: Int
    package let orientation: Int
    package let hasAlpha: Bool
    package let hasColorProfile: Bool
    /// 16 hexadecimal digits.
    package let perceptualHash: String
    package let warning: String?

    enum CodingKeys: String, CodingKey {
      case digest, width, height, format, channels, orientation, warning
      case byteCount = "byte_count"
      case bitDepth = "bit_depth"
      case hasAlpha = "has_alpha"
      case hasColorProfile = "has_color_profile"
      case perceptualHash = "perceptual_hash"
    }
  }

  /// A version of a model or a dataset by its name and number.
  package struct Name: Codable, Hashable, Sendable {
    package var name: String
    package let version: Int
  }

  package struct DatasetVersion: Codable, Hashable, Sendable {
    package var dataset: String
    package let version: Int
    package let seed: Int
    /// The shares of the three splits.
    package let fractions: [Double]
    /// Whether an image may have several labels, or none.
    package let isMultiLabel: Bool
    package let images: Int
    /// How many lines of removals follow.
    package let removed: Int
    /// How many lines of additions follow these.
    package let added: Int
    package let createdAt: Int64

    enum CodingKeys: String, CodingKey {
      case dataset, version, seed, fractions, images, removed, added
      case isMultiLabel = "multi_label"
      case createdAt = "created_at"
    }
  }

  package struct Removal: Codable, Hashable, Sendable {
    package let image: Digest
  }

  package struct Addition: Codable, Hashable, Sendable {
    package let image: Digest
    /// In the order of their bytes.
    package let labels: [String]
    package let split: String
    package let path: String
    package let group: String?
  }

  package struct Document: Codable, Hashable, Sendable {
    package let content: String
  }

  package struct Pack: Codable, Hashable, Sendable {
    package let tensors: [PackedTensor]
  }

  package struct PackedTensor: Codable, Hashable, Sendable {
    package let name: String
    package let type: ScalarType
    package let shape: Shape
    package let digest: Digest
  }

  package struct Group: Codable, Hashable, Sendable {
    /// Pairs of a name and a digest.
    package let tensors: [[String]]
  }

  package struct Run: Codable, Hashable, Sendable {
    package let id: String
    package let kind: String
    package let state: String
    package var model: String
    package var base: Name?
    package var datasets: [Name]
    package let parameters: [String: String]
    package let seed: Int
    package let host: [String: String]
    package let program: String
    package let message: String?
    /// How many points follow, in lines of at most ``Points/maximumCount``.
    package let points: Int
    package let startedAt: Int64
    package let endedAt: Int64

    enum CodingKeys: String, CodingKey {
      case id, kind, state, model, base, datasets, parameters, seed, host, program, message, points
      case startedAt = "started_at"
      case endedAt = "ended_at"
    }
  }

  package struct Points: Codable, Hashable, Sendable {
    package static let maximumCount = 1000

    package let key: String
    package let points: [Point]
  }

  /// A list of the step, the time and the bits of the value in 16 hexadecimal digits.
  package struct Point: Hashable, Sendable {
    package let step: Int
    package let time: Int64
    package let value: String
  }

  package struct ModelVersion: Codable, Hashable, Sendable {
    package var model: String
    package let version: Int
    package let origin: String
    package let architecture: String
    package let backbone: Digest
    package let head: Digest
    package let labels: Digest
    package let preprocessing: Digest
    package let freezePlan: Digest
    package let source: Digest
    package var base: Name?
    package let run: String?
    package var datasets: [Name]
    package let parameters: Int
    package let inheritedLayers: Int
    package let retrainedLayers: Int
    package let addedLayers: Int
    package let droppedLayers: Int
    package let sharedBytes: Int
    package let newBytes: Int
    /// The digests of its groups of tensors, backbone first, then head.
    package let groups: [Digest]
    package let createdAt: Int64

    enum CodingKeys: String, CodingKey {
      case model, version, origin, architecture, backbone, head, labels, preprocessing, source
      case base, run, datasets, parameters, groups
      case freezePlan = "freeze_plan"
      case inheritedLayers = "inherited_layers"
      case retrainedLayers = "retrained_layers"
      case addedLayers = "added_layers"
      case droppedLayers = "dropped_layers"
      case sharedBytes = "shared_bytes"
      case newBytes = "new_bytes"
      case createdAt = "created_at"
    }
  }

  package struct Alias: Codable, Hashable, Sendable {
    package var model: String
    package let name: String
    /// The moves, oldest first.
    package let changes: [Move]
  }

  package struct Move: Codable, Hashable, Sendable {
    /// Absent when the alias was removed.
    package let version: Int?
    package let previousVersion: Int?
    package let changedAt: Int64
    package let changedBy: String?

    enum CodingKeys: String, CodingKey {
      case version
      case previousVersion = "previous_version"
      case changedAt = "changed_at"
      case changedBy = "changed_by"
    }
  }

  package struct Annotation: Codable, Hashable, Sendable {
    /// `model`, `model_version`, `dataset`, `dataset_version` or `run`.
    package let kind: String
    /// The name of the model or dataset, or the run's identifier.
    package var name: String
    package let version: Int?
    package let tags: [String: String]
    package let note: String?
  }

  package struct Signature: Codable, Hashable, Sendable {
    package var model: String
    package let version: Int
    package let statement: Digest
    /// Hexadecimal digits.
    package let publicKey: String
    /// Hexadecimal digits.
    package let signature: String
    package let signedAt: Int64

    enum CodingKeys: String, CodingKey {
      case model, version, statement, signature
      case publicKey = "public_key"
      case signedAt = "signed_at"
    }
  }

  package struct Recall: Codable, Hashable, Sendable {
    package var model: String
    package let version: Int
    package let reason: String
    package let recalledAt: Int64
    /// Absent while it is in force.
    package let undoneAt: Int64?
    package let undoReason: String?

    enum CodingKeys: String, CodingKey {
      case model, version, reason
      case recalledAt = "recalled_at"
      case undoneAt = "undone_at"
      case undoReason = "undo_reason"
    }
  }
}

extension ArchiveRecord: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case image, removed, added, document, pack, group, run, points, alias, annotation, signature
    case recall
    case datasetVersion = "dataset_version"
    case modelVersion = "model_version"
  }

  /// Reads an object with one member.
  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    guard members.allKeys.count == 1, let key = members.allKeys.first else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "one known member belongs here"))
    }
    self =
      switch key {
      case .image: .image(try members.decode(Image.self, forKey: key))
      case .datasetVersion: .datasetVersion(try members.decode(DatasetVersion.self, forKey: key))
      case .removed: .removed(try members.decode(Removal.self, forKey: key))
      case .added: .added(try members.decode(Addition.self, forKey: key))
      case .document: .document(try members.decode(Document.self, forKey: key))
      case .pack: .pack(try members.decode(Pack.self, forKey: key))
      case .group: .group(try members.decode(Group.self, forKey: key))
      case .run: .run(try members.decode(Run.self, forKey: key))
      case .points: .points(try members.decode(Points.self, forKey: key))
      case .modelVersion: .modelVersion(try members.decode(ModelVersion.self, forKey: key))
      case .alias: .alias(try members.decode(Alias.self, forKey: key))
      case .annotation: .annotation(try members.decode(Annotation.self, forKey: key))
      case .signature: .signature(try members.decode(Signature.self, forKey: key))
      case .recall: .recall(try members.decode(Recall.self, forKey: key))
      }
  }

  /// Writes an object with one member.
  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .image(let value): try members.encode(value, forKey: .image)
    case .datasetVersion(let value): try members.encode(value, forKey: .datasetVersion)
    case .removed(let value): try members.encode(value, forKey: .removed)
    case .added(let value): try members.encode(value, forKey: .added)
    case .document(let value): try members.encode(value, forKey: .document)
    case .pack(let value): try members.encode(value, forKey: .pack)
    case .group(let value): try members.encode(value, forKey: .group)
    case .run(let value): try members.encode(value, forKey: .run)
    case .points(let value): try members.encode(value, forKey: .points)
    case .modelVersion(let value): try members.encode(value, forKey: .modelVersion)
    case .alias(let value): try members.encode(value, forKey: .alias)
    case .annotation(let value): try members.encode(value, forKey: .annotation)
    case .signature(let value): try members.encode(value, forKey: .signature)
    case .recall(let value): try members.encode(value, forKey: .recall)
    }
  }
}

extension ArchiveRecord.Point: Codable {
  /// Reads a list of three.
  package init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    step = try list.decode(Int.self)
    time = try list.decode(Int64.self)
    value = try list.decode(String.self)
  }

  /// Writes a list of three.
  package func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    try list.encode(step)
    try list.encode(time)
    try list.encode(value)
  }
}
