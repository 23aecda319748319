package import Catalog
package import Tensors

extension PackedTensor {
  /// The tensor in the bytes of its pack; `nil` when these do not reach so far, or the catalogue
  /// describes something that is no tensor.
  package func tensor(in pack: ByteStorage) -> Tensor? {
    guard let scalarType = ScalarType(rawValue: scalarType),
      let shape = try? Shape(checking: shape), byteOffset >= 0,
      byteCount == shape.elementCount * scalarType.byteCount,
      byteOffset <= pack.count - byteCount
    else { return nil }
    return Tensor(shape: shape, scalarType: scalarType, storage: pack, byteOffset: byteOffset)
  }
}
