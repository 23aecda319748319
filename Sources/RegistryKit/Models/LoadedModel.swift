package import Catalog
package import Diagnostics
package import Networks
private import ObjectStore
package import Tensors

/// A model version with its network and its tensors, mapped from their packs.
package struct LoadedModel: Sendable {
  package let record: ModelVersionRecord
  package let network: Network
  package let labels: [String]
  package let preprocessing: Preprocessing
  package let freezePlan: FreezePlan
  package let stateDict: StateDict
  /// The digests that the catalogue holds for the tensors.
  package let digests: [String: Digest]

  package var name: ModelName { ModelName(model: record.model, version: record.version) }
}

extension Registry {
  /// Loads the version that a reference names.
  ///
  /// - Complexity: O(tensors); the bytes are mapped and not read.
  package func load(_ reference: String) throws -> LoadedModel {
    try load(try catalog.modelVersion(try Reference(parsing: reference)))
  }

  /// Loads a version.
  ///
  /// - Throws: `missing_object` when a pack is gone, `damaged_pack` when it is too short, `deleted`
  ///   when the bytes of a deleted version were collected.
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
    let (stateDict, digests) = try tensors(of: record)
    return LoadedModel(
      record: record, network: network,
      labels: try CanonicalJSON.value([String].self, from: record.labels, subject: subject),
      preprocessing: preprocessing,
      freezePlan: try CanonicalJSON.value(
        FreezePlan.self, from: record.freezePlan, subject: subject),
      stateDict: stateDict, digests: digests)
  }

  /// The tensors of a version, mapped from their packs, with their digests.
  private func tensors(of record: ModelVersionRecord) throws -> (StateDict, [String: Digest]) {
    do {
      return try mapTensors(at: try catalog.tensors(of: record), of: record)
    } catch let error as RegistryError where error.code == .missingObject {
      // A collector may have moved them to another pack between the question and the opening.
      return try mapTensors(at: try catalog.tensors(of: record), of: record)
    }
  }

  private func mapTensors(
    at locations: [TensorLocation], of record: ModelVersionRecord
  ) throws -> (StateDict, [String: Digest]) {
    let subject = record.reference.description
    var packs: [Digest: ByteStorage] = [:]
    var stateDict = StateDict()
    var digests: [String: Digest] = [:]
    for location in locations {
      let pack = try packs[location.object] ?? objects.map(location.object)
      packs[location.object] = pack
      guard let scalarType = ScalarType(rawValue: location.scalarType),
        let shape = try? Shape(checking: location.shape),
        location.byteOffset >= 0, location.byteOffset <= pack.count - location.byteCount,
        shape.elementCount * scalarType.byteCount == location.byteCount
      else {
        throw RegistryError(
          .damagedPack, "The pack \(location.object) does not hold \(location.name) of \(subject).",
          place: Place(
            file: objects.path(of: location.object), byteOffset: location.byteOffset,
            tensor: location.name, subject: subject),
          remedy: "Run `registry verify` to see what is affected.")
      }
      stateDict[location.name] = Tensor(
        shape: shape, scalarType: scalarType, storage: pack, byteOffset: location.byteOffset)
      digests[location.name] = location.digest
    }
    return (stateDict, digests)
  }
}

extension RegistryError.Code {
  /// A pack is shorter than the catalogue says, or describes a tensor otherwise.
  package static let damagedPack = Self("damaged_pack", .corrupt)
}
