import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Deltas

/// Ways in which a tensor may differ from its base.
enum Difference: CaseIterable {
  case none, oneBit, few, small, sign, special, everything
}

struct TensorDeltaTests {
  /// Bytes of which some look like NaNs, infinities, denormal numbers and zeros to whoever reads floats.
  private static func base(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    let special: [UInt8] = [0x00, 0x7f, 0x80, 0xff, 0xc0, 0x01]
    return (0..<count).map { _ in
      let random: UInt8 = generator.next()
      return random < 64 ? special[Int(random) % special.count] : generator.next()
    }
  }

  private static func changed(
    _ base: [UInt8], _ size: Int, _ difference: Difference, _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = base
    switch difference {
    case .none: break
    case .oneBit:
      if !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 8 }
    case .few:
      for _ in 0..<bytes.count / 100 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = generator.next()
      }
    case .small:
      for index in stride(from: 0, to: bytes.count, by: size) { bytes[index] = generator.next() }
    case .sign:
      for index in stride(from: size - 1, to: bytes.count, by: size) { bytes[index] ^= 0x80 }
    case .special:
      for index in bytes.indices { bytes[index] = [0xff, 0x7f, 0x00][index % 3] }
    case .everything: bytes = bytes.map { _ in generator.next() }
    }
    return bytes
  }

  private static func tensor(_ bytes: [UInt8], _ type: ScalarType) -> Tensor {
    Tensor(
      shape: [bytes.count / type.byteCount], scalarType: type,
      storage: ByteStorage(count: bytes.count) { $0.copyBytes(from: bytes) })
  }

  private static func storage(_ bytes: [UInt8]) -> ByteStorage {
    ByteStorage(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  private static func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withUnsafeBytes { Array($0) } }

  @Test(arguments: ScalarType.allCases, Difference.allCases)
  func `a tensor comes back bit for bit`(type: ScalarType, difference: Difference) throws {
    var generator = SeededGenerator(seed: UInt64(type.byteCount) * 31)
    let block = TensorDelta.blockElementCount
    for count in [0, 1, 2, 17, 1024, block - 1, block, block + 1, 2 * block + 333] {
      let bytes = Self.base(count * type.byteCount, &generator)
      let base = Self.tensor(bytes, type)
      let expected = Self.changed(bytes, type.byteCount, difference, &generator)
      let tensor = Self.tensor(expected, type)
      let delta = try #require(TensorDelta.encode(tensor, minus: base, limit: .max))
      // Somewhere in a pack, at an odd place.
      let pack = Self.storage([1, 2, 3] + delta + [4])
      let back = try TensorDelta(
        checking: pack, byteOffset: 3, byteCount: delta.count, shape: tensor.shape,
        scalarType: type
      ).tensor(plus: base).tensor
      #expect(back.scalarType == type && back.shape == tensor.shape)
      #expect(Self.bytes(back) == expected, "\(count) elements")
      // Never longer than the tensor, its table aside.
      let table = 4 * TensorDelta.blockCount(of: count) * type.byteCount
      #expect(delta.count <= expected.count + table)
      if difference == .none { #expect(delta.count == table) }
    }
  }

  @Test func `float32 weights that moved a little are stored as a delta, others are not`() throws {
    var generator = RandomGenerator(seed: 5)
    let count = 100_000
    let values = (0..<count).map { _ in Float.random(in: -0.1...0.1, using: &generator) }
    let base = Tensor(shape: [100, 1000], values)
    func moved(by step: Float) -> Tensor {
      Tensor(
        shape: [100, 1000], values.map { $0 + Float.random(in: -step...step, using: &generator) })
    }
    let near = try #require(TensorDelta.encode(moved(by: 1e-5), minus: base))
    #expect(near.scalarType == .uint8 && near.shape == [near.byteCount])
    #expect(near.byteCount < 4 * count * 3 / 5)
    #expect(TensorDelta.encode(moved(by: 1), minus: base) == nil, "a quarter is not saved")
    #expect(TensorDelta.encode(base, minus: Tensor(shape: [1000, 100], values)) == nil)
    let counters = Tensor(
      shape: [100, 1000], scalarType: .int32, storage: ByteStorage(count: 4 * count) { _ in })
    #expect(TensorDelta.encode(base, minus: counters) == nil)
    let small = Tensor(shape: [1000], Array(values.prefix(1000)))
    #expect(TensorDelta.encode(small, minus: small) == nil, "too small to be worth it")
  }

  @Test func `one thread and many decode the same`() throws {
    var generator = SeededGenerator(seed: 8)
    let bytes = Self.base(800_000, &generator)
    let base = Self.tensor(bytes, .float32)
    let tensor = Self.tensor(Self.changed(bytes, 4, .few, &generator), .float32)
    let encoded = try #require(TensorDelta.encode(tensor, minus: base))
    let pack = Self.storage(Self.bytes(encoded))
    let delta = try TensorDelta(
      checking: pack, byteOffset: 0, byteCount: pack.count, shape: tensor.shape,
      scalarType: .float32)
    try ParallelLoop.run(count: 16, threads: 8) { _ in
      let decoded = try delta.tensor(plus: base).tensor
      #expect(decoded.digest() == tensor.digest())
    }
  }

  // MARK: Hostile deltas

  @Test func `a damaged delta is refused or gives other numbers, and never more`() throws {
    var generator = SeededGenerator(seed: 21)
    let bytes = Self.base(4 * 70_000, &generator)
    let base = Self.tensor(bytes, .float32)
    let tensor = Self.tensor(Self.changed(bytes, 4, .small, &generator), .float32)
    let original = Self.bytes(try #require(TensorDelta.encode(tensor, minus: base)))
    var (refused, different) = (0, 0)
    for round in 0..<400 {
      var delta = original
      // Every second time in the table of lengths or the head of the first frame.
      let range = round.isMultiple(of: 2) ? 0..<64 : 0..<delta.count
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        let place = min(Int.random(in: range, using: &generator), delta.count - 1)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: delta[place] = generator.next()
        case 1: delta[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: delta.remove(at: place)
        default: delta.removeLast(min(delta.count - 1, place % 50))
        }
      }
      do {
        let back = try TensorDelta(
          checking: Self.storage(delta), byteOffset: 0, byteCount: delta.count,
          shape: tensor.shape, scalarType: .float32
        ).tensor(plus: base).tensor
        #expect(back.byteCount == tensor.byteCount)
        if back.digest() != tensor.digest() { different += 1 }
      } catch {
        let error = try #require(error as? RegistryError)
        #expect(error.code == .damagedDelta && error.code.category == .corrupt)
        refused += 1
      }
    }
    #expect(refused > 100 && different > 10, "\(refused) refused, \(different) different")
  }

  @Test(arguments: [
    (0, 0), (0, 15), (-1, 16), (1, 16), (0, 17), (16, 16), (0, Int.max), (Int.max, 16),
  ])
  func `a delta lies within its pack and has its table`(offset: Int, count: Int) throws {
    let error = #expect(throws: RegistryError.self) {
      try TensorDelta(
        checking: Self.storage([UInt8](repeating: 0, count: 16)), byteOffset: offset,
        byteCount: count, shape: [2000], scalarType: .float32)
    }
    #expect(error?.code == .damagedDelta)
  }

  @Test func `a frame that holds more than its plane fills no memory`() throws {
    // A frame of zstd, by its format (RFC 8878): one block of a repeated byte, and a content of 2^40
    // bytes promised.
    let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    let promise: [UInt8] = [0xc0, 0x58, 0, 0, 0, 0, 0, 1, 0, 0]
    let repeated: [UInt8] = [0x03, 0, 0x10, 0xaa]
    let honest = magic + [0x60, 0xd0, 0x06] + [0x83, 0x3e, 0x00, 0xaa]  // 2,000 bytes of 0xaa
    for (frame, isSound) in [(magic + promise + repeated, false), (honest, true)] {
      let delta = [UInt8(frame.count), 0, 0, 0] + frame
      let read = {
        try TensorDelta(
          checking: Self.storage(delta), byteOffset: 0, byteCount: delta.count, shape: [2000],
          scalarType: .uint8
        ).tensor(plus: Self.tensor([UInt8](repeating: 1, count: 2000), .uint8)).tensor
      }
      if isSound {
        // 0xaa in zigzag order is 85.
        #expect(Self.bytes(try read()) == [UInt8](repeating: 86, count: 2000))
      } else {
        #expect(#expect(throws: RegistryError.self) { try read() }?.code == .damagedDelta)
      }
    }
  }
}
