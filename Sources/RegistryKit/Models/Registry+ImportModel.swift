private import Catalog
public import Diagnostics
private import ModelFiles
private import Networks
private import Tensors

extension Registry {
  /// Registers the network of a safetensors file or of a PyTorch state dict.
  ///
  /// Importing the same file with the same labels again gives the version that is there.
  ///
  /// - Throws: what reading the file reports, `undetermined_architecture`, `wrong_architecture`,
  ///   `label_count_mismatch`.
  public func importModel(
    _ request: ModelImportRequest, progress: any ProgressObserver = SilentProgress()
  ) throws -> ModelImportResult {
    try NameRule.check(request.name, "model")
    progress.progress(ProgressUpdate("Reading \(request.path)", completed: 0, unit: "tensors"))
    let file = try ModelFileReader.read(path: request.path, limits: limits)
    let architecture: Architecture
    let network: Network
    let stateDict: StateDict
    do {
      architecture =
        if let name = request.architecture {
          try Architecture.named(name, for: file.stateDict)
        } else {
          try Architecture.inferred(from: file.stateDict)
        }
      network = try architecture.network(for: file.stateDict)
      stateDict = try network.load(file.stateDict)
    } catch {
      throw error.at(.file(request.path))
    }
    let labels = try outputLabels(of: network, architecture.classifier, request)
    let draft = ModelDraft(
      name: request.name, origin: .imported, network: network, labels: labels,
      preprocessing: architecture.preprocessing,
      freezePlan: .backboneFrozen(of: network), stateDict: stateDict,
      source: ModelSource(file: request.path, format: file.format.rawValue), mustBeNew: false)

    progress.progress(
      ProgressUpdate(
        "Storing \(request.name)", completed: 0, total: stateDict.count, unit: "tensors"))
    let registered = try existing(draft) ?? register(draft)
    return ModelImportResult(
      model: registered.record.model, version: registered.record.version,
      architecture: network.architecture, parameters: network.parameterCount,
      layers: network.layersWithTensors.count, labels: labels.count,
      bytesAdded: registered.bytesAdded)
  }

  /// The newest version of the model, if an import would only repeat it.
  private func existing(_ draft: ModelDraft) throws -> RegisteredModel? {
    guard try catalog.modelExists(draft.name) else { return nil }
    let newest = try load(draft.name)
    guard newest.record.origin == .imported, newest.network == draft.network,
      newest.labels == draft.labels, newest.stateDict.count == draft.stateDict.count,
      draft.stateDict.entries.allSatisfy({ newest.digests[$0.name] == $0.tensor.digest() })
    else { return nil }
    return RegisteredModel(record: newest.record, comparison: nil, bytesAdded: 0)
  }

  private func outputLabels(
    of network: Network, _ classifier: String, _ request: ModelImportRequest
  ) throws -> [String] {
    guard case .linear(let linear)? = network.head.last?.operation else { return [] }
    guard let path = request.labels else { return (0..<linear.outFeatures).map(String.init) }
    let labels = try LabelFile.read(path: path, limits: limits)
    guard labels.count == linear.outFeatures else {
      throw RegistryError(
        .labelCountMismatch,
        "\(path) has \(labels.count) labels, and \(classifier) has \(linear.outFeatures) outputs.",
        place: Place(file: path, layer: classifier),
        remedy: "Give one label a line, in the order of the outputs.")
    }
    return labels
  }
}

extension RegistryError.Code {
  /// There are more or fewer labels than outputs.
  package static let labelCountMismatch = Self("label_count_mismatch", .badInput)
}
