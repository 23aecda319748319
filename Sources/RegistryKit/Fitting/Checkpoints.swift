package import Catalog
package import Diagnostics
private import ModelFiles
private import Networks
private import ObjectStore
private import Tensors
package import Training

/// What a run needs to go on where it was, kept as a safetensors object: the head as it was made,
/// and the state of the fit if it had begun.
private struct CheckpointDescription: Codable {
  var name: String
  var origin: String
  var baseID: Int64?
  var architecture: String
  var head: [Layer]
  var labels: [String]
  var freezePlan: FreezePlan
  var source: ModelSource
  var labelDatasetIDs: [Int64]
  var mustBeNew: Bool
  var datasets: [String]
  var request: TrainRequest
  var fit: String?
}

extension Registry {
  private static let descriptionKey = "registry.checkpoint"
  private static let initialPrefix = "initial."
  private static let fitPrefix = "fit."

  /// Keeps what a run needs to go on, instead of what was kept before.
  package func saveCheckpoint(
    of job: TrainingJob, _ request: TrainRequest, fit: FitCheckpoint?, run: String, step: Int
  ) throws {
    let description = CheckpointDescription(
      name: job.model.name, origin: job.model.origin.rawValue, baseID: job.base?.record.id,
      architecture: job.model.network.architecture, head: job.model.network.head,
      labels: job.model.labels, freezePlan: job.model.freezePlan,
      source: job.model.source, labelDatasetIDs: job.model.datasetVersionIDs,
      mustBeNew: job.model.mustBeNew,
      datasets: job.dataset.versions.map { "\($0.dataset)@\($0.version)" }, request: request,
      fit: fit?.state)
    var tensors = StateDict()
    for specification in job.model.network.head.flatMap(\.tensors) {
      if let tensor = job.model.stateDict[specification.name] {
        tensors[Self.initialPrefix + specification.name] = tensor
      }
    }
    for (name, tensor) in fit?.tensors.entries ?? [] { tensors[Self.fitPrefix + name] = tensor }
    let text = try CanonicalJSON.text(of: description)
    let former = try recording { batch in
      let (object, _) = try writeObject(
        tensors, metadata: [Self.descriptionKey: text], in: batch)
      return try catalog.saveCheckpoint(
        CheckpointRecord(object: object.digest, byteCount: object.byteCount, step: step), of: run)
    }
    // Of two runs that began alike, the checkpoints are one object: it goes with the last of them.
    if let former { try remove(unreferenced: [former]) }
  }

  /// Forgets what a run that ended well kept.
  package func removeCheckpoint(of run: String) throws {
    if let former = try catalog.removeCheckpoint(of: run) {
      try remove(unreferenced: [former])
    }
  }

  /// What a run was about to do.
  ///
  /// - Throws: `nothing_to_resume` when the run left no checkpoint.
  package func job(resuming run: RunRecord) throws -> (TrainingJob, TrainRequest) {
    guard run.state != .finished, let record = try catalog.checkpoint(of: run.id) else {
      throw RegistryError(
        .nothingToResume, "The run \(run.id) is \(run.state.rawValue) and left no checkpoint.",
        place: .subject(run.id), remedy: "Train again without --resume.")
    }
    let path = objects.path(of: record.object)
    let file = try ModelFileReader.read(path: path, limits: limits)
    let description = try CanonicalJSON.value(
      CheckpointDescription.self, from: file.metadata[Self.descriptionKey] ?? "",
      subject: "run \(run.id)")
    let base = try description.baseID.map { try load(try catalog.modelVersion(id: $0)) }
    let (network, preprocessing, first) = try beginning(of: description, base)
    var stateDict = StateDict()
    var fit = StateDict()
    for specification in network.tensors {
      stateDict[specification.name] =
        file.stateDict[Self.initialPrefix + specification.name]
        ?? first[specification.name]
    }
    for (name, tensor) in file.stateDict.entries where name.hasPrefix(Self.fitPrefix) {
      fit[String(name.dropFirst(Self.fitPrefix.count))] = tensor
    }
    var job = TrainingJob(
      ModelDraft(
        name: description.name, origin: ModelOrigin(rawValue: description.origin) ?? .trained,
        base: base, network: network, labels: description.labels,
        preprocessing: preprocessing, freezePlan: description.freezePlan,
        stateDict: stateDict, source: description.source,
        datasetVersionIDs: description.labelDatasetIDs, mustBeNew: description.mustBeNew),
      base: base, dataset: try joinedDataset(description.datasets))
    job.checkpoint = description.fit.map { FitCheckpoint(tensors: fit, state: $0) }
    return (job, description.request)
  }

  /// What training began with: the base with another head, or random weights, which are drawn again.
  private func beginning(
    of description: CheckpointDescription, _ base: LoadedModel?
  ) throws -> (Network, Preprocessing, StateDict) {
    if let base {
      return (
        base.network.replacingHead(with: description.head), base.preprocessing, base.stateDict
      )
    }
    let architecture = try Architecture.named(description.architecture)
    let network = architecture.network(labels: description.labels.count)
      .replacingHead(with: description.head)
    let seed = UInt64(bitPattern: Int64(description.request.seed))
    return (network, architecture.preprocessing, network.initialTensors(seed: seed))
  }
}

extension RegistryError.Code {
  /// A run that is to go on left nothing to go on from.
  package static let nothingToResume = Self("nothing_to_resume", .conflict)
}
