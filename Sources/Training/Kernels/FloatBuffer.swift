/// Working memory for numbers: aligned, of a fixed length, freed with its owner.
///
/// Not `Sendable`: one fit owns it and nobody else sees it.
final class FloatBuffer {
  /// The first number, there as long as the buffer is: whoever uses it keeps the buffer in a
  /// property or uses the buffer afterwards.
  let base: UnsafeMutablePointer<Float>
  /// How many numbers there are.
  let count: Int

  /// Zeros.
  init(count: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    base = bytes.bindMemory(to: Float.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: count)
    self.count = count
  }

  /// A copy of `values`.
  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    set(values)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

  /// The numbers, copied.
  var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Takes over `values`.
  ///
  /// - Precondition: there are ``count`` of them.
  func set(_ values: [Float]) {
    precondition(values.count == count, "a buffer keeps its length")
    values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { base.update(from: first, count: count) }
    }
  }

  /// Takes over the numbers of a buffer of the same length.
  func set(_ other: FloatBuffer) {
    precondition(other.count == count, "a buffer keeps its length")
    base.update(from: other.base, count: count)
  }

  /// Sets every number to zero.
  func clear() { base.update(repeating: 0, count: count) }
}
