import Catalog
import Deltas
import ModelFiles
import Networks
import ObjectStore
import Tensors

/// Tensors that are to be written as one pack, some of them as deltas.
struct PackContents {
  /// A tensor as it will stand in the pack.
  private struct Entry {
    /// The tensor that it is or stands for; where it begins is not known yet.
    let tensor: PackedTensor
    /// The digest of the base, when it is a delta.
    let base: Digest?
  }

  /// What the metadata of a pack says of a delta in it, so that the pack explains itself.
  private struct DeltaDescription: Encodable {
    let tensor: String
    let base: String
    let dtype: String
    let shape: [Int]
    let encoding: String
  }

  /// The member of a pack's metadata that describes the deltas in it.
  private static let deltasKey = "registry.deltas"

  private var stateDict = StateDict()
  private var entries: [String: Entry] = [:]

  /// Whether there is nothing to write.
  var isEmpty: Bool { stateDict.count == 0 }

  /// Adds a tensor as it is.
  mutating func add(_ tensor: Tensor, named name: String, digest: Digest) {
    stateDict[name] = tensor
    entries[name] = Entry(
      tensor: PackedTensor(
        digest: digest, byteOffset: 0, byteCount: tensor.byteCount,
        scalarType: tensor.scalarType.rawValue, shape: tensor.shape.extents), base: nil)
  }

  /// Adds the delta of a tensor, which `bytes` are, under the tensor's name.
  mutating func add(delta bytes: Tensor, of tensor: PackedTensor, named name: String, base: Digest)
  {
    stateDict[name] = bytes
    entries[name] = Entry(tensor: tensor, base: base)
  }

  /// The length that the pack will have.
  func byteCount() throws -> Int {
    SafetensorsLayout(stateDict, metadata: try metadata()).byteCount
  }

  private func metadata() throws -> [String: String] {
    let descriptions = entries.compactMapValues { entry in
      entry.base.map { base in
        DeltaDescription(
          tensor: entry.tensor.digest.hexadecimal, base: base.hexadecimal,
          dtype: entry.tensor.scalarType, shape: entry.tensor.shape,
          encoding: TensorDelta.encoding)
      }
    }
    return descriptions.isEmpty
      ? [:] : [Self.deltasKey: try CanonicalJSON.text(of: descriptions)]
  }

  /// Writes the pack.
  ///
  /// - Returns: what to record, and whether the store did not have the object before.
  /// - Throws: what writing reports.
  func write(
    to registry: Registry, in batch: ObjectBatch
  ) throws -> (pack: PackDraft, isNew: Bool) {
    let (object, layout) = try registry.writeObject(
      stateDict, metadata: try metadata(), in: batch)
    var pack = PackDraft(object: object.digest, byteCount: object.byteCount)
    for place in layout.entries {
      guard let entry = entries[place.name] else { continue }
      let tensor = PackedTensor(
        digest: entry.tensor.digest, byteOffset: place.byteOffset,
        byteCount: entry.tensor.byteCount, scalarType: entry.tensor.scalarType,
        shape: entry.tensor.shape)
      if let base = entry.base {
        pack.deltas.append(
          PackedDelta(
            tensor: tensor, byteCount: place.byteCount, encoding: TensorDelta.encoding,
            base: base))
      } else {
        pack.tensors.append(tensor)
      }
    }
    return (pack, object.isNew)
  }
}
