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
}

extension Registry {
  /// Loads the version that a reference names.
  ///
  /// - Complexity: O(tensors + bytes of those that are stored as deltas); the others are mapped and
  ///   not read.
  package func load(_ reference: String) throws -> LoadedModel {
    try load(try catalog.modelVersion(try Reference(parsing: reference)))
  }

  /// Loads a version.
  ///
  /// - Throws: `missing_object` when a pack is gone, `damaged_pack` when it is too short,
  ///   `damaged_delta` when a delta does not give its tensor, `deleted` when the bytes of a deleted
  ///   version were collected.
  package func load(_ record: ModelVersionRecord) throws -> LoadedModel {
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
    for (location, tensor) in try tensors(of: record) {
      stateDict[location.name] = tensor.tensor
      digests[location.name] = location.digest
      stored[location.name] = tensor
    }
    return LoadedModel(
      record: record, network: network,
      labels: try CanonicalJSON.value([String].self, from: record.labels, subject: subject),
      preprocessing: preprocessing,
      freezePlan: try CanonicalJSON.value(
        FreezePlan.self, from: record.freezePlan, subject: subject),
      stateDict: stateDict, digests: digests, stored: stored)
  }

  /// The tensors of a version, with the places that they were read from.
  private func tensors(
    of record: ModelVersionRecord
  ) throws -> [(location: TensorLocation, tensor: StoredTensor)] {
    func read() throws -> [(location: TensorLocation, tensor: StoredTensor)] {
      let locations = try catalog.tensors(of: record)
      let tensors = try tensors(at: locations, of: record.reference.description)
      return zip(locations, tensors).map { ($0, $1) }
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
