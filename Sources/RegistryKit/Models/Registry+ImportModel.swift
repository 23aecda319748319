private import Catalog
public import Diagnostics
private import ModelFiles
private import Networks
private import Tensors

extension Registry {
  /// Registers the network of a safetensors file or of a PyTorch state dict.
  ///
  /// What ``export(_:progress:cancellation:)`` wrote tells its architecture and its labels, unless
  /// the request names others.
  ///
  /// Importing the same file with the same labels again gives the version that is there.
  ///
  /// - Throws: what reading the file reports, `undetermined_architecture`, `wrong_architecture`,
  ///   `malformed_labels`, `label_count_mismatch`.
  public func importModel(
    _ request: ModelImportRequest, progress: any ProgressObserver = SilentProgress()
  ) throws -> ModelImportResult {
    try NameRule.check(request.name, "model")
    progress.progress(ProgressUpdate("Reading \(request.path)", completed: 0, unit: "tensors"))
    let file = try ModelFileReader.read(path: request.path, limits: limits)
    let tensors = file.stateDict.withPresentNames()
    let architecture: Architecture
    let network: Network
    let stateDict: StateDict
    do {
      architecture =
        if let name = request.architecture {
          try Architecture.named(name, for: tensors)
        } else if let exported = Architecture.all.first(where: {
          $0.name == file.metadata[ModelFileMetadata.architectureKey]
        }) {
          exported
        } else {
          try Architecture.inferred(from: tensors)
        }
      let plain = try architecture.network(for: tensors)
      network =
        file.metadata[ModelFileMetadata.activationKey] == ModelFileMetadata.sigmoid
        ? plain.withIndependentLabels() : plain
      stateDict = try network.load(tensors)
    } catch {
      throw error.at(.file(request.path))
    }
    let labels = try outputLabels(of: network, architecture.classifier, file, request)
    let draft = ModelDraft(
      name: request.name, origin: .imported, network: network, labels: labels,
      preprocessing: architecture.preprocessing,
      freezePlan: .backboneFrozen(of: network), stateDict: stateDict,
      source: ModelSource(file: request.path, format: file.format.rawValue), mustBeNew: false)

    progress.progress(
      ProgressUpdate(
        "Storing \(request.name)", completed: 0, total: stateDict.count, unit: "tensors"))
    var digests: [String: Digest] = [:]
    for (name, tensor) in draft.stateDict.entries { digests[name] = tensor.digest() }
    let registered = try existing(draft, digests) ?? register(draft, digests: digests)
    return ModelImportResult(
      model: registered.record.model, version: registered.record.version,
      architecture: network.architecture, parameters: network.parameterCount,
      layers: network.layersWithTensors.count, labels: labels.count,
      bytesAdded: registered.bytesAdded)
  }

  /// The newest version of the model, if an import would only repeat it.
  private func existing(
    _ draft: ModelDraft, _ digests: [String: Digest]
  ) throws -> RegisteredModel? {
    guard try catalog.modelExists(draft.name) else { return nil }
    let newest = try load(draft.name)
    guard newest.record.origin == .imported, newest.network == draft.network,
      newest.labels == draft.labels, newest.digests == digests
    else { return nil }
    return RegisteredModel(record: newest.record, comparison: nil, bytesAdded: 0)
  }

  /// The labels of the label file, else those that the file itself has, else numbers.
  private func outputLabels(
    of network: Network, _ classifier: String, _ file: ModelFile, _ request: ModelImportRequest
  ) throws -> [String] {
    guard let outputs = network.labelCount else { return [] }
    let path = request.labels ?? request.path
    let labels =
      if request.labels != nil {
        try LabelFile.read(path: path, limits: limits)
      } else {
        try ModelFileMetadata.labels(in: file.metadata, path: path, limits: limits)
          ?? (0..<outputs).map(String.init)
      }
    guard labels.count == outputs else {
      throw RegistryError(
        .labelCountMismatch,
        "\(path) has \(labels.count) labels, and \(classifier) has \(outputs) outputs.",
        place: Place(file: path, layer: classifier),
        remedy: request.labels == nil
          ? "Give the right ones with --labels FILE."
          : "Give one label a line, in the order of the outputs.")
    }
    return labels
  }
}

extension RegistryError.Code {
  /// There are more or fewer labels than outputs.
  package static let labelCountMismatch = Self("label_count_mismatch", .badInput)
}
