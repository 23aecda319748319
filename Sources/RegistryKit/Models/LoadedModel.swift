package import Catalog
package import Diagnostics
package import Networks
private import ObjectStore
package import Tensors

/// A model version with its network and its tensors.
package struct LoadedModel: Sendable {
  package let record: ModelVersionRecord
  package let network: Network
  package let labels: [String]
  package let preprocessing: Preprocessing
  package let freezePlan: FreezePlan
  package let stateDict: StateDict
  /// The digests that the catalogue holds for the tensors.
  package let digests: [String: Digest]
  /// The tensors with what deltas of them are taken against.
  package let stored: [String: StoredTensor]

  package var name: ModelName { ModelName(model: record.model, version: record.version) }

  /// Whether the bytes of a tensor have its digest.
  ///
  /// - Complexity: O(bytes), except for tensors that were compared when they were read.
  package func isIntact(_ name: String) -> Bool {
    guard let tensor = stored[name], let digest = digests[name] else { return false }
    return tensor.isCompared || tensor.tensor.digest() == digest
  }
}

extension Registry {
  /// Loads the version that a reference names.
  ///
  /// - Complexity: O(tensors + bytes of those that are stored as deltas); the others are mapped and
  ///   not read.
  package func load(
    _ reference: String, tensors isWanted: (String) -> Bool = { _ in true }
  ) throws -> LoadedModel {
    try load(try catalog.modelVersion(try Reference(parsing: reference)), tensors: isWanted)
  }

  /// Loads a version, with those of its tensors that are wanted; the digests are always of all.
  ///
  /// - Throws: `missing_object` when a pack is gone, `damaged_pack` when it is too short,
  ///   `damaged_delta` when a delta does not give its tensor, `deleted` when the bytes of a deleted
  ///   version were collected.
  package func load(
    _ record: ModelVersionRecord, tensors isWanted: (String) -> Bool = { _ in true }
  ) throws -> LoadedModel {
    let subject = "\(record.model)@\(record.version)"
    let network = Network(
      architecture: record.architecture,
      backbone: try CanonicalJSON.value([Layer].self, from: record.backbone, subject: subject),
      head: try CanonicalJSON.value([Layer].self, from: record.head, subject: subject))
    let preprocessing = try CanonicalJSON.value(
      Preprocessing.self, from: record.preprocessing, subject: subject)
    // A description is looked through before anything relies on it.
    _ = try network.outputShapes(input: preprocessing.inputShape)
    var stateDict = StateDict()
    var digests: [String: Digest] = [:]
    var stored: [String: StoredTensor] = [:]
    let (locations, tensors) = try tensors(of: record, where: isWanted)
    for location in locations { digests[location.name] = location.digest }
    for (name, tensor) in tensors {
      stateDict[name] = tensor.tensor
      stored[name] = tensor
    }
    return LoadedModel(
      record: record, network: network,
      labels: try CanonicalJSON.value([String].self, from: record.labels, subject: subject),
      preprocessing: preprocessing,
      freezePlan: try CanonicalJSON.value(
        FreezePlan.self, from: record.freezePlan, subject: subject),
      stateDict: stateDict, digests: digests, stored: stored)
  }

  /// Those tensors of a loaded version that a comparison of digests asked for.
  package func tensors(of model: LoadedModel, named names: Set<String>) throws -> StateDict {
    StateDict(
      try tensors(of: model.record, where: names.contains).tensors.map {
        ($0.name, $0.tensor.tensor)
      }
    )
  }

  /// Where the tensors of a version are, and those that are wanted.
  private func tensors(
    of record: ModelVersionRecord, where isWanted: (String) -> Bool
  ) throws -> (locations: [TensorLocation], tensors: [(name: String, tensor: StoredTensor)]) {
    func read() throws -> (
      locations: [TensorLocation], tensors: [(name: String, tensor: StoredTensor)]
    ) {
      let locations = try catalog.tensors(of: record)
      let wanted = locations.filter { isWanted($0.name) }
      let tensors = try tensors(at: wanted, of: record.reference.description)
      return (locations, zip(wanted, tensors).map { ($0.name, $1) })
    }
    do {
      return try read()
    } catch let error as RegistryError where error.code == .missingObject {
      // A collector may have moved them to another pack between the question and the opening.
      return try read()
    }
  }
}

extension RegistryError.Code {
  /// A pack is shorter than the catalogue says, or describes a tensor otherwise.
  package static let damagedPack = Self("damaged_pack", .corrupt)
}
