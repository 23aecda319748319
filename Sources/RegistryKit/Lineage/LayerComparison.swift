package import Networks
package import Tensors

/// What became of each layer from one network to another, told from digests alone.
package struct LayerComparison: Sendable {
  /// A layer with its status.
  package struct Entry: Sendable, Hashable {
    package let name: String
    package let status: ModelDifference.Status
  }

  /// The layers that own tensors, in the order of the networks.
  package private(set) var entries: [Entry] = []
  /// The bytes of the tensors that both have.
  package private(set) var sharedBytes = 0
  /// The bytes of the tensors that only the second has.
  package private(set) var newBytes = 0

  /// Compares two versions.
  ///
  /// A layer of both that has other values is retrained, if it still computes the same thing: the
  /// shapes are equal, and a layer of the head stands for the same labels. Else it is the old
  /// layer dropped and a new one added, though both have one name.
  package init(
    from first: Network, _ firstDigests: [String: Digest], labels firstLabels: [String],
    to second: Network, _ secondDigests: [String: Digest], labels secondLabels: [String]
  ) {
    let oldLayers = first.layersWithTensors
    let newLayers = second.layersWithTensors
    let newByName = Dictionary(uniqueKeysWithValues: newLayers.map { ($0.name, $0) })
    let oldNames = Set(oldLayers.map(\.name))
    let headNames = Set(first.head.map(\.name)).union(second.head.map(\.name))
    // A head that keeps the base's labels and adds some goes on from the base's weights.
    let keepsLabels = secondLabels.starts(with: firstLabels)

    for old in oldLayers {
      guard let new = newByName[old.name] else {
        entries.append(Entry(name: old.name, status: .dropped))
        continue
      }
      let names = new.tensors.map(\.name)
      let isSame =
        names.allSatisfy { firstDigests[$0] == secondDigests[$0] }
        && old.tensors.count == new.tensors.count
      if isSame {
        entries.append(Entry(name: old.name, status: .same))
      } else if headNames.contains(old.name)
        ? keepsLabels : old.tensors.map(\.shape) == new.tensors.map(\.shape)
      {
        entries.append(Entry(name: old.name, status: .retrained))
      } else {
        entries.append(Entry(name: old.name, status: .dropped))
        entries.append(Entry(name: old.name, status: .added))
      }
    }
    entries += newLayers.filter { !oldNames.contains($0.name) }
      .map { Entry(name: $0.name, status: .added) }

    let old = Set(firstDigests.values)
    for tensor in newLayers.flatMap(\.tensors) {
      guard let digest = secondDigests[tensor.name] else { continue }
      let byteCount = tensor.shape.elementCount * tensor.scalarType.byteCount
      if old.contains(digest) { sharedBytes += byteCount } else { newBytes += byteCount }
    }
  }

  /// How many layers have a status.
  package func count(_ status: ModelDifference.Status) -> Int {
    entries.count { $0.status == status }
  }
}
