extension SeededGenerator {
  /// Changes bytes in one to three places: others, none, or some of them twice.
  ///
  /// - Precondition: there is a byte.
  package mutating func damage(_ bytes: inout [UInt8], in range: Range<Int>? = nil) {
    for _ in 0...Int.random(in: 0..<3, using: &self) {
      let places = (range ?? bytes.indices).clamped(to: bytes.indices)
      guard !places.isEmpty else { return }
      let place = Int.random(in: places, using: &self)
      switch Int.random(in: 0..<6, using: &self) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 2: bytes[place] = [0x00, 0x7f, 0x80, 0xff].randomElement(using: &self) ?? 0
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 4))
      case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
      default: bytes.removeLast(min(bytes.count - 1, place % 40))
      }
    }
  }
}
