/// An immutable array of numbers with a shape, contiguous and little-endian, outermost first.
///
/// Its bytes may be mapped from a file.
package struct Tensor: Sendable {
  package let shape: Shape
  package let scalarType: ScalarType
  private let storage: ByteStorage
  private let byteOffset: Int

  /// A tensor over part of some bytes.
  ///
  /// - Precondition: the bytes reach that far. Callers that read files check first and throw.
  package init(
    shape: Shape, scalarType: ScalarType, storage: ByteStorage, byteOffset: Int = 0
  ) {
    precondition(
      byteOffset >= 0
        && byteOffset + shape.elementCount * scalarType.byteCount <= storage.count,
      "a tensor lies within its storage")
    self.shape = shape
    self.scalarType = scalarType
    self.storage = storage
    self.byteOffset = byteOffset
  }

  /// A tensor that owns a copy of `values`.
  ///
  /// - Precondition: there are as many values as the shape has elements.
  package init(shape: Shape, _ values: [Float]) {
    precondition(values.count == shape.elementCount, "a value for each element")
    self.init(
      shape: shape, scalarType: .float32,
      storage: ByteStorage(count: 4 * values.count) { bytes in
        values.withUnsafeBytes { bytes.copyMemory(from: $0) }
      })
  }

  /// A float32 tensor whose elements `fill` writes; they are zero before.
  package init(
    shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    self.init(
      shape: shape, scalarType: .float32,
      storage: try ByteStorage(count: 4 * shape.elementCount) { bytes in
        try fill(bytes.bindMemory(to: Float.self))
      })
  }

  /// A scalar of 64 bits, such as a counter.
  package init(integer value: Int64) {
    self.init(
      shape: [], scalarType: .int64,
      storage: ByteStorage(count: 8) { $0.storeBytes(of: value.littleEndian, as: Int64.self) })
  }

  /// The value of a scalar of 64 bits; `nil` for any other tensor.
  package var integer: Int64? {
    guard scalarType == .int64, shape.elementCount == 1 else { return nil }
    return withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
  }

  /// The length in bytes.
  package var byteCount: Int { shape.elementCount * scalarType.byteCount }

  /// Lends the bytes for the length of a call.
  package func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try storage.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[byteOffset..<byteOffset + byteCount]))
    }
  }

  /// The elements as single-precision numbers, converted from whatever the tensor holds.
  package func floats() -> [Float] {
    withUnsafeBytes { bytes in
      switch scalarType {
      case .float32:
        [Float](unsafeUninitializedCapacity: shape.elementCount) { buffer, count in
          UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
          count = shape.elementCount
        }
      case .float64: elements(bytes, Double.self) { Float($0) }
      case .float16: elements(bytes, UInt16.self) { Float(halfPrecisionBits: $0) }
      case .bfloat16: elements(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
      case .int64: elements(bytes, Int64.self) { Float($0) }
      case .int32: elements(bytes, Int32.self) { Float($0) }
      case .int16: elements(bytes, Int16.self) { Float($0) }
      case .int8: elements(bytes, Int8.self) { Float($0) }
      case .uint8, .bool: elements(bytes, UInt8.self) { Float($0) }
      }
    }
  }

  /// The digest that names this tensor: SHA-256 of its type and shape as text, for example
  /// `F32 [64, 3, 7, 7]` and a line feed, followed by its bytes.
  ///
  /// - Complexity: O(bytes).
  package func digest() -> Digest {
    var hasher = DigestHasher(ofTensor: scalarType, shape)
    withUnsafeBytes { hasher.update($0) }
    return hasher.finalize()
  }

  private func elements<Element: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ type: Element.Type, _ convert: (Element) -> Float
  ) -> [Float] {
    (0..<shape.elementCount).map {
      convert(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: type))
    }
  }
}

extension DigestHasher {
  /// A hasher for the digest of a tensor, which takes its bytes next.
  package init(ofTensor scalarType: ScalarType, _ shape: Shape) {
    self.init()
    update("\(scalarType.rawValue) \(shape)\n")
  }
}

extension Float {
  /// The value of an IEEE 754 half-precision number, from its 16 bits.
  ///
  /// Works on processors and
  /// toolchains without `Float16`.
  package init(halfPrecisionBits bits: UInt16) {
    let sign = UInt32(bits >> 15) << 31
    let exponent = UInt32(bits >> 10) & 0x1f
    let fraction = UInt32(bits) & 0x3ff
    switch exponent {
    case 0:
      // Subnormal: the fraction counts units of 2^-24.
      self = Float(sign: sign == 0 ? .plus : .minus, exponent: -24, significand: Float(fraction))
    case 0x1f:
      self = Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default:
      self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
