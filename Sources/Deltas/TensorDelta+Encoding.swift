package import Tensors

extension TensorDelta {
  /// Smaller tensors are stored whole: what is noted about a delta takes a few hundred bytes.
  package static let minimumByteCount = 4096

  /// The longest delta that is worth the time of decoding it, for a tensor of that many bytes: it
  /// saves a quarter.
  package static func maximumByteCount(forTensorOf byteCount: Int) -> Int { byteCount / 4 * 3 }

  /// The delta of a tensor against a base, as bytes.
  ///
  /// - Returns: a tensor of `U8`; `nil` when types or shapes differ, or when it does not save a
  ///   quarter of the bytes.
  /// - Complexity: O(bytes); as soon as the limit is reached it ends.
  package static func encode(_ tensor: Tensor, minus base: Tensor) -> Tensor? {
    guard tensor.shape == base.shape, tensor.scalarType == base.scalarType,
      tensor.byteCount >= minimumByteCount
    else { return nil }
    let limit = maximumByteCount(forTensorOf: tensor.byteCount)
    return encode(tensor, minus: base, limit: limit).map { bytes in
      Tensor(
        shape: [bytes.count], scalarType: .uint8,
        storage: ByteStorage(uninitializedCount: bytes.count) { $0.copyBytes(from: bytes) })
    }
  }

  /// The delta, if it has no more bytes than `limit`.
  static func encode(_ tensor: Tensor, minus base: Tensor, limit: Int) -> [UInt8]? {
    tensor.withUnsafeBytes { tensorBytes in
      base.withUnsafeBytes { baseBytes in
        encode(
          tensorBytes, minus: baseBytes, elementSize: tensor.scalarType.byteCount, limit: limit)
      }
    }
  }

  private static func encode(
    _ tensor: UnsafeRawBufferPointer, minus base: UnsafeRawBufferPointer, elementSize: Int,
    limit: Int
  ) -> [UInt8]? {
    guard let tensorStart = tensor.baseAddress, let baseStart = base.baseAddress else { return nil }
    let elementCount = tensor.count / elementSize
    let tableByteCount = 4 * blockCount(of: elementCount) * elementSize
    var table: [UInt8] = []
    table.reserveCapacity(tableByteCount)
    var payload: [UInt8] = []
    payload.reserveCapacity(min(limit, tensor.count))
    let compressor = PlaneCompressor()
    let scratch = PlaneScratch(planeCount: elementSize)
    let compressed = PlaneScratch(planeCount: 1)
    for index in 0..<blockCount(of: elementCount) {
      let block = block(index, of: elementCount)
      BytePlanes.split(
        tensorStart + block.lowerBound * elementSize,
        minus: baseStart + block.lowerBound * elementSize,
        count: block.count, elementSize: elementSize, into: scratch.start)
      for plane in 0..<elementSize {
        let bytes = UnsafeBufferPointer(
          start: scratch.start + plane * block.count, count: block.count)
        let length: Int
        if isZero(bytes) {
          length = 0
        } else {
          // A frame that saves less than an eighth is not worth the time of reading it.
          let space = UnsafeMutableRawBufferPointer(
            compressed.plane(0, count: block.count - block.count / 8 - 1))
          if let count = compressor.compress(UnsafeRawBufferPointer(bytes), into: space) {
            payload.append(contentsOf: space[..<count])
            length = count
          } else {
            payload.append(contentsOf: bytes)
            length = block.count
          }
        }
        withUnsafeBytes(of: UInt32(length).littleEndian) { table.append(contentsOf: $0) }
      }
      if tableByteCount + payload.count > limit { return nil }
    }
    return table + payload
  }

  private static func isZero(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var bits: UInt8 = 0
    for byte in bytes { bits |= byte }
    return bits == 0
  }
}
