package import Catalog
private import Diagnostics
package import Networks
package import Tensors

/// A model version of an archive, put together from its texts and tensors and found to be sound.
package struct ArchivedModel {
  package let network: Network
  package let labels: [String]
  package let freezePlan: FreezePlan
  package let digests: [String: Digest]

  /// The most pixels along a side that a network is given.
  private static let maximumSide = 1 << 14

  /// Reads a version's texts and checks all that the engine relies on.
  ///
  /// - Parameters:
  ///   - version: the record of the version.
  ///   - documents: the texts of the archive.
  ///   - groups: its groups of tensors.
  ///   - tensors: type and shape of its tensors.
  /// - Throws: `damaged_archive`.
  package init(
    _ version: ArchiveRecord.ModelVersion, documents: [Digest: String],
    groups: [Digest: [NamedTensor]], tensors: [Digest: ArchiveRecord.PackedTensor]
  ) throws {
    let name = version.name.text
    func value<Value: Decodable>(_ type: Value.Type, _ digest: Digest) throws -> Value {
      guard let text = documents[digest] else {
        throw RegistryError.damagedArchive("a text of \(name) is missing")
      }
      return try Self.sound(name) { try CanonicalJSON.value(type, from: text, subject: name) }
    }
    let network = Network(
      architecture: version.architecture, backbone: try value([Layer].self, version.backbone),
      head: try value([Layer].self, version.head))
    let preprocessing = try value(Preprocessing.self, version.preprocessing)
    try Self.check(preprocessing, of: name)
    _ = try Self.sound(name) { try network.outputShapes(input: preprocessing.inputShape) }
    let labels = try value([String].self, version.labels)
    let freezePlan = try value(FreezePlan.self, version.freezePlan)
    _ = try value(ModelSource.self, version.source)
    guard network.labelCount.map({ $0 == labels.count }) ?? true, freezePlan.covers(network) else {
      throw RegistryError.damagedArchive("the labels or the freeze plan of \(name) do not fit it")
    }
    let named = try version.groups.flatMap { digest in
      guard let group = groups[digest] else {
        throw RegistryError.damagedArchive("a group of tensors of \(name) is missing")
      }
      return group
    }
    let digests = Dictionary(named.map { ($0.name, $0.digest) }) { first, _ in first }
    guard version.groups.count == 2, digests.count == named.count else {
      throw RegistryError.damagedArchive("the tensors of \(name) are not grouped as they must be")
    }
    (self.network, self.labels) = (network, labels)
    (self.freezePlan, self.digests) = (freezePlan, digests)
    try checkTensors(tensors, of: name)
  }

  private func checkTensors(
    _ tensors: [Digest: ArchiveRecord.PackedTensor], of name: String
  ) throws {
    var expected: Set<String> = []
    for specification in network.tensors {
      expected.insert(specification.name)
      guard let digest = digests[specification.name] else {
        if specification.isOptional { continue }
        throw RegistryError.damagedArchive("\(name) lacks the tensor \(specification.name)")
      }
      guard let tensor = tensors[digest], tensor.shape == specification.shape,
        tensor.type == specification.scalarType
      else {
        throw RegistryError.damagedArchive(
          "the tensor \(specification.name) of \(name) does not fit its layer")
      }
    }
    if let stranger = digests.keys.first(where: { !expected.contains($0) }) {
      throw RegistryError.damagedArchive("\(name) has no layer for the tensor \(stranger)")
    }
  }

  /// Checks what a version says about its base.
  ///
  /// - Throws: `damaged_archive` when its counts are not so or a frozen layer is another one.
  package func check(_ version: ArchiveRecord.ModelVersion, base: ArchivedModel?) throws {
    let name = version.name.text
    var comparison: LayerComparison?
    if let base {
      let changed = freezePlan.changedTensors(of: network, digests, from: base.digests)
      if let changed = changed.first {
        throw RegistryError.damagedArchive("\(name) says that it froze \(changed.tensor)")
      }
      comparison = LayerComparison(
        from: base.network, base.digests, labels: base.labels, to: network, digests, labels: labels)
    }
    let counts = [
      comparison?.count(.same) ?? 0, comparison?.count(.retrained) ?? 0,
      comparison?.count(.added) ?? network.layersWithTensors.count,
      comparison?.count(.dropped) ?? 0, network.parameterCount,
    ]
    let stated = [
      version.inheritedLayers, version.retrainedLayers, version.addedLayers,
      version.droppedLayers, version.parameters,
    ]
    guard counts == stated, version.sharedBytes >= 0, version.newBytes >= 0 else {
      throw RegistryError.damagedArchive("the layers of \(name) are not as many as it says")
    }
  }

  private static func check(_ preprocessing: Preprocessing, of name: String) throws {
    let sides = [preprocessing.shortSide, preprocessing.cropHeight, preprocessing.cropWidth]
    let numbers = preprocessing.mean + preprocessing.standardDeviation
    guard sides.allSatisfy({ (1...maximumSide).contains($0) }), preprocessing.mean.count == 3,
      preprocessing.standardDeviation.count == 3, numbers.allSatisfy({ $0.isFinite }),
      preprocessing.standardDeviation.allSatisfy({ $0 > 0 })
    else { throw RegistryError.damagedArchive("the preprocessing of \(name) is impossible") }
  }

  private static func sound<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw RegistryError.damagedArchive("the description of \(name) makes no sense", cause: error)
    }
  }
}
