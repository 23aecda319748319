/// A registered model version, without its tensors.
package struct ModelVersionRecord: Hashable, Sendable {
  /// The number of its row.
  package let id: Int64
  /// The name of the model.
  package let model: String
  /// The number among the versions of the model; the first is 1.
  package let version: Int
  /// How the version came to be.
  package let origin: ModelOrigin
  /// The name of the architecture.
  package let architecture: String
  /// The layers of the backbone, as canonical JSON.
  package let backbone: String
  /// The layers of the head, as canonical JSON.
  package let head: String
  /// The names of the outputs in order, as canonical JSON.
  package let labels: String
  /// What happens to a picture before the network sees it, as canonical JSON.
  package let preprocessing: String
  /// Which layers train, as canonical JSON.
  package let freezePlan: String
  /// Where the version came from, as canonical JSON.
  package let source: String
  /// The version that it was derived from.
  package let base: NamedVersion?
  /// The number of parameters.
  package let parameterCount: Int
  /// How many layers have the base's tensors.
  package let inheritedLayers: Int
  /// How many layers of the base have other tensors here.
  package let retrainedLayers: Int
  /// How many layers the base has not.
  package let addedLayers: Int
  /// How many layers of the base are missing here.
  package let droppedLayers: Int
  /// The bytes of the tensors that the base has too.
  package let sharedBytes: Int
  /// The bytes of the tensors that the base has not.
  package let newBytes: Int
  /// The bytes that the version added to the registry.
  package let ownByteCount: Int
  /// The run that made it.
  package let runID: String?
  /// The dataset versions that the labels came from.
  package let datasets: [NamedVersion]
  /// When it was registered.
  package let createdAt: Timestamp

  /// The row of the version that it was derived from.
  package var baseID: Int64? { base?.id }

  /// Name and version, for records that point here.
  package var reference: NamedVersion { NamedVersion(id: id, name: model, version: version) }
}
