package import Diagnostics
package import Tensors

extension RegistryError.Code {
  /// A delta is not what its layout prescribes, or does not give the tensor that it stands for.
  package static let damagedDelta = Self("damaged_delta", .corrupt)
}

/// What has to be added to a tensor, the *base*, to get another of the same type and shape: without
/// loss, in fewer bytes.
///
/// docs/storage-format.md has the layout, docs/decisions/0015-deltas.md the reasons for it.
package struct TensorDelta: Sendable {
  /// The name of the layout.
  package static let encoding = "difference-planes-zstd"

  /// So many elements are encoded at a time: their planes stay in a core's cache until they are
  /// joined, and bound the memory that reading takes.
  static let blockElementCount = 1 << 16

  /// A plane of a block: where its bytes lie, and how many there are.
  ///
  /// None stand for zeros; as many
  /// as the block has elements are the plane itself; fewer are a zstd frame.
  private struct Part {
    let offset: Int
    let length: Int
  }

  private let shape: Shape
  private let scalarType: ScalarType
  private let storage: ByteStorage
  private let parts: [Part]

  /// A delta that was stored, for a tensor of this type and shape.
  ///
  /// - Throws: `damaged_delta` when the bytes do not have the layout.
  package init(
    checking storage: ByteStorage, byteOffset: Int, byteCount: Int, shape: Shape,
    scalarType: ScalarType
  ) throws(RegistryError) {
    let elementCount = shape.elementCount
    let blockCount = Self.blockCount(of: elementCount)
    let partCount = blockCount * scalarType.byteCount
    guard byteOffset >= 0, byteCount >= 0, byteOffset <= storage.count - byteCount else {
      throw Self.damaged("The delta reaches beyond its pack.")
    }
    guard partCount <= byteCount / 4 else {
      throw Self.damaged(
        "The delta has \(byteCount) bytes, fewer than its table of \(partCount) lengths.")
    }
    let lengths = storage.withUnsafeBytes { bytes in
      (0..<partCount).map { index in
        Int(
          UInt32(
            littleEndian: bytes.loadUnaligned(
              fromByteOffset: byteOffset + 4 * index, as: UInt32.self)))
      }
    }
    var parts: [Part] = []
    parts.reserveCapacity(partCount)
    var offset = byteOffset + 4 * partCount
    let end = byteOffset + byteCount
    for (index, length) in lengths.enumerated() {
      let block = Self.block(index / scalarType.byteCount, of: elementCount)
      guard length <= block.count, length <= end - offset else {
        throw Self.damaged("The delta claims \(length) bytes for a plane of \(block.count).")
      }
      parts.append(Part(offset: offset, length: length))
      offset += length
    }
    guard offset == end else {
      throw Self.damaged("The last \(end - offset) bytes of the delta belong to no plane.")
    }
    self.shape = shape
    self.scalarType = scalarType
    self.storage = storage
    self.parts = parts
  }

  /// The tensor that this is the delta of, with its digest.
  ///
  /// - Precondition: the base has the delta's type and shape.
  /// - Throws: `damaged_delta`, as ``decode(plus:into:_:)`` does.
  /// - Complexity: O(bytes).
  package func tensor(plus base: Tensor) throws -> (tensor: Tensor, digest: Digest) {
    var digest: Digest?
    let result = try ByteStorage(uninitializedCount: base.byteCount) {
      digest = try decode(plus: base, into: $0, DeltaWorkspace())
    }
    guard let digest else { preconditionFailure("storage is filled when it is made") }
    return (Tensor(shape: shape, scalarType: scalarType, storage: result), digest)
  }

  /// Writes the bytes of the tensor that this is the delta of.
  ///
  /// Each block is taken into the digest while it is in the core's cache still.
  ///
  /// - Parameters:
  ///   - base: The base, of the delta's type and shape.
  ///   - target: Room for exactly the tensor's bytes.
  ///   - workspace: What decoding needs, for one thread at a time.
  /// - Returns: The tensor's digest.
  /// - Throws: `damaged_delta` when a plane cannot be decompressed. Other damage gives other numbers,
  ///   which only the digest tells.
  /// - Complexity: O(bytes).
  package func decode(
    plus base: Tensor, into target: UnsafeMutableRawBufferPointer, _ workspace: DeltaWorkspace
  ) throws(RegistryError) -> Digest {
    precondition(
      base.shape == shape && base.scalarType == scalarType && target.count == base.byteCount,
      "a base has the tensor's form")
    var hasher = DigestHasher(ofTensor: scalarType, shape)
    let failure: RegistryError? = base.withUnsafeBytes { base in
      storage.withUnsafeBytes { bytes in
        do throws(RegistryError) {
          try decode(bytes, plus: base, into: target, workspace, &hasher)
          return nil
        } catch {
          return error
        }
      }
    }
    if let failure { throw failure }
    return hasher.finalize()
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, plus base: UnsafeRawBufferPointer,
    into target: UnsafeMutableRawBufferPointer, _ workspace: DeltaWorkspace,
    _ hasher: inout DigestHasher
  ) throws(RegistryError) {
    guard let base = base.baseAddress, let target = target.baseAddress,
      let start = bytes.baseAddress
    else { return }
    let planeCount = scalarType.byteCount
    for index in 0..<Self.blockCount(of: shape.elementCount) {
      let block = Self.block(index, of: shape.elementCount)
      var planes: [UnsafePointer<UInt8>?] = []
      for plane in 0..<planeCount {
        let part = parts[index * planeCount + plane]
        if part.length == block.count {
          planes.append((start + part.offset).assumingMemoryBound(to: UInt8.self))
          continue
        }
        if part.length == 0 {
          planes.append(nil)
          continue
        }
        let source = UnsafeRawBufferPointer(start: start + part.offset, count: part.length)
        let isSound = workspace.decompressor.decompress(
          source,
          into: UnsafeMutableRawBufferPointer(workspace.scratch.plane(plane, count: block.count)))
        guard isSound else {
          throw Self.damaged("Plane \(plane) of block \(index) of the delta cannot be read.")
        }
        planes.append(UnsafePointer(workspace.scratch.start + plane * Self.blockElementCount))
      }
      let place = target + block.lowerBound * planeCount
      BytePlanes.join(
        planes, plus: base + block.lowerBound * planeCount, count: block.count, into: place)
      hasher.update(UnsafeRawBufferPointer(start: place, count: block.count * planeCount))
    }
  }

  // MARK: Blocks

  static func blockCount(of elementCount: Int) -> Int {
    elementCount / blockElementCount
      + (elementCount.isMultiple(of: blockElementCount) ? 0 : 1)
  }

  /// The elements of a block; the last one may have fewer.
  static func block(_ index: Int, of elementCount: Int) -> Range<Int> {
    let start = index * blockElementCount
    return start..<min(start + blockElementCount, elementCount)
  }

  private static func damaged(_ message: String) -> RegistryError {
    RegistryError(
      .damagedDelta, message, remedy: "Run `registry verify` to see what is affected.")
  }
}

/// What decoding deltas needs of its own: a context of zstd and the planes of one block.
///
/// It serves one delta after the other, each on one thread.
package final class DeltaWorkspace {
  fileprivate let decompressor = PlaneDecompressor()
  fileprivate let scratch = PlaneScratch(planeCount: ScalarType.maximumByteCount)

  package init() {}
}

/// Memory for the planes of one block.
struct PlaneScratch: ~Copyable {
  let start: UnsafeMutablePointer<UInt8>

  init(planeCount: Int) {
    start = .allocate(capacity: planeCount * TensorDelta.blockElementCount)
  }

  deinit { start.deallocate() }

  func plane(_ index: Int, count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(
      start: start + index * TensorDelta.blockElementCount, count: count)
  }
}
