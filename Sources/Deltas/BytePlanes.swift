private import CBytePlanes

/// Differences of numbers, byte by byte: plane *p* holds byte *p* of every difference, the lowest
/// first.
///
/// The bits of the elements, floats too, are taken as unsigned integers. Their difference, modulo the
/// range of the type, is written in zigzag order (0, -1, 1, -2, …), so that small differences of
/// either sign have zeros in the upper planes.
enum BytePlanes {
  /// Writes the planes of `tensor - base`, `count` bytes each, one behind the other.
  static func split(
    _ tensor: UnsafeRawPointer, minus base: UnsafeRawPointer, count: Int, elementSize: Int,
    into planes: UnsafeMutablePointer<UInt8>
  ) {
    switch elementSize {
    case 1: split(tensor, base, count, planes, UInt8.self)
    case 2: split(tensor, base, count, planes, UInt16.self)
    case 4: split(tensor, base, count, planes, UInt32.self)
    default: split(tensor, base, count, planes, UInt64.self)
    }
  }

  /// Writes `base` plus the differences whose planes are given, a pointer for each; `nil` stands for
  /// zeros.
  static func join(
    _ planes: [UnsafePointer<UInt8>?], plus base: UnsafeRawPointer, count: Int,
    into tensor: UnsafeMutableRawPointer
  ) {
    switch planes.count {
    case 1: join(planes, base, count, tensor, UInt8.self)
    case 2: join(planes, base, count, tensor, UInt16.self)
    case 4: join32(planes, base, count, tensor)
    default: join(planes, base, count, tensor, UInt64.self)
    }
  }

  /// What weights mostly are: C, in which the loop has the vectors of the processor that it runs on.
  private static func join32(
    _ planes: [UnsafePointer<UInt8>?], _ base: UnsafeRawPointer, _ count: Int,
    _ tensor: UnsafeMutableRawPointer
  ) {
    guard let first = planes[0], let second = planes[1], planes[3] == nil || planes[2] != nil else {
      return join(planes, base, count, tensor, UInt32.self)
    }
    cbyteplanes_join_32(first, second, planes[2], planes[3], base, tensor, count)
  }

  @inline(__always)
  private static func split<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ tensor: UnsafeRawPointer, _ base: UnsafeRawPointer, _ count: Int,
    _ planes: UnsafeMutablePointer<UInt8>, _ type: Bits.Type
  ) {
    let size = MemoryLayout<Bits>.size
    for index in 0..<count {
      let offset = index &* size
      let difference =
        tensor.loadUnaligned(fromByteOffset: offset, as: Bits.self)
        &- base.loadUnaligned(fromByteOffset: offset, as: Bits.self)
      let zigzag = (difference &<< 1) ^ (0 &- (difference &>> Bits(Bits.bitWidth - 1)))
      for plane in 0..<size {
        planes[plane &* count &+ index] = UInt8(
          truncatingIfNeeded: zigzag &>> Bits(truncatingIfNeeded: 8 &* plane))
      }
    }
  }

  @inline(__always)
  private static func join<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ planes: [UnsafePointer<UInt8>?], _ base: UnsafeRawPointer, _ count: Int,
    _ tensor: UnsafeMutableRawPointer, _ type: Bits.Type
  ) {
    let size = MemoryLayout<Bits>.size
    for index in 0..<count {
      var zigzag: Bits = 0
      for plane in 0..<size {
        guard let bytes = planes[plane] else { continue }
        zigzag |=
          Bits(truncatingIfNeeded: bytes[index]) &<< Bits(truncatingIfNeeded: 8 &* plane)
      }
      let difference = (zigzag &>> 1) ^ (0 &- (zigzag & 1))
      let offset = index &* size
      tensor.storeBytes(
        of: base.loadUnaligned(fromByteOffset: offset, as: Bits.self) &+ difference,
        toByteOffset: offset, as: Bits.self)
    }
  }
}
