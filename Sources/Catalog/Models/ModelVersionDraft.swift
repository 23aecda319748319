/// How a model version came to be.
package enum ModelOrigin: String, Sendable, CaseIterable {
  /// Read from a file.
  case imported
  /// Made from a base with a new head.
  case derived
  /// The result of a training run.
  case trained
}

/// A model version that is to be registered.
package struct ModelVersionDraft: Sendable {
  /// The name of the model; it is made if there is none.
  package var model: String
  /// How the version came to be.
  package var origin: ModelOrigin
  /// The name of the architecture.
  package var architecture: String
  /// The layers of the backbone, as canonical JSON.
  package var backbone: String
  /// The layers of the head, as canonical JSON.
  package var head: String
  /// The names of the outputs in order, as canonical JSON.
  package var labels: String
  /// What happens to a picture before the network sees it, as canonical JSON.
  package var preprocessing: String
  /// Which layers train, as canonical JSON.
  package var freezePlan: String
  /// Where the version came from, as canonical JSON.
  package var source: String
  /// The version that it was derived from.
  package var baseID: Int64?
  /// The number of parameters.
  package var parameterCount: Int
  /// How many layers have the base's tensors.
  package var inheritedLayers: Int
  /// How many layers of the base have other tensors here.
  package var retrainedLayers: Int
  /// How many layers the base has not.
  package var addedLayers: Int
  /// How many layers of the base are missing here.
  package var droppedLayers: Int
  /// The bytes of the tensors that the base has too.
  package var sharedBytes: Int
  /// The bytes of the tensors that the base has not.
  package var newBytes: Int
  /// The bytes that the version added to the registry.
  package var ownByteCount: Int
  /// The tensors, backbone first, then head; an equal group is stored once.
  package var tensorGroups: [[NamedTensor]]
  /// The packs that were written for it.
  package var packs: [PackDraft]
  /// The dataset versions that the labels came from.
  package var datasetVersionIDs: [Int64]
  /// Whether a model of that name must not exist yet.
  package var mustBeNewModel: Bool
  /// The run that made the version, which ends with it.
  package var run: RunCompletion?

  /// A version with these parts.
  package init(
    model: String, origin: ModelOrigin, architecture: String, backbone: String, head: String,
    labels: String, preprocessing: String, freezePlan: String, source: String,
    baseID: Int64? = nil, parameterCount: Int, inheritedLayers: Int = 0, retrainedLayers: Int = 0,
    addedLayers: Int = 0, droppedLayers: Int = 0, sharedBytes: Int = 0, newBytes: Int = 0,
    ownByteCount: Int = 0, tensorGroups: [[NamedTensor]], packs: [PackDraft],
    datasetVersionIDs: [Int64] = [], mustBeNewModel: Bool = false, run: RunCompletion? = nil
  ) {
    self.model = model
    self.origin = origin
    self.architecture = architecture
    self.backbone = backbone
    self.head = head
    self.labels = labels
    self.preprocessing = preprocessing
    self.freezePlan = freezePlan
    self.source = source
    self.baseID = baseID
    self.parameterCount = parameterCount
    self.inheritedLayers = inheritedLayers
    self.retrainedLayers = retrainedLayers
    self.addedLayers = addedLayers
    self.droppedLayers = droppedLayers
    self.sharedBytes = sharedBytes
    self.newBytes = newBytes
    self.ownByteCount = ownByteCount
    self.tensorGroups = tensorGroups
    self.packs = packs
    self.datasetVersionIDs = datasetVersionIDs
    self.mustBeNewModel = mustBeNewModel
    self.run = run
  }
}
