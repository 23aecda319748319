import Diagnostics
import Tensors

/// The JSON at the start of a safetensors file, read without building a tree of it.
struct SafetensorsHeader {
  struct Tensor {
    let name: String
    let scalarType: ScalarType
    let shape: Shape
    let begin: Int
    let end: Int
  }

  private(set) var tensors: [Tensor] = []
  private(set) var metadata: [String: String] = [:]

  init(_ bytes: [UInt8]) throws(RegistryError) {
    var scanner = JSONScanner(bytes)
    // The format wants the brace first, so that a reader can tell a header from other data.
    guard bytes.first == UInt8(ascii: "{") else { throw scanner.malformed("does not start with {") }
    var names: Set<String> = []
    try scanner.object { (name, scanner) throws(RegistryError) in
      guard names.insert(name).inserted else { throw scanner.duplicate(name) }
      if name == "__metadata__" {
        try scanner.object { (key, scanner) throws(RegistryError) in
          guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
            throw scanner.duplicate("__metadata__.\(key)")
          }
        }
      } else {
        tensors.append(try Self.tensor(name, &scanner))
      }
    }
    try scanner.finish()
  }

  private static func tensor(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(RegistryError) -> Tensor {
    var type: String?
    var extents: [Int]?
    var offsets: [Int]?
    var keys: Set<String> = []
    try scanner.object { (key, scanner) throws(RegistryError) in
      guard keys.insert(key).inserted else { throw scanner.duplicate("\(name).\(key)") }
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": extents = try scanner.integers(limit: 16)
      case "data_offsets": offsets = try scanner.integers(limit: 2)
      default: throw scanner.malformed("gives the tensor \(name) an unknown \(key)")
      }
    }
    guard let type, let extents, let offsets, offsets.count == 2 else {
      throw scanner.malformed("lacks the dtype, shape or two data_offsets of the tensor \(name)")
    }
    guard let scalarType = ScalarType(rawValue: type) else {
      throw RegistryError(
        .safetensorsType, "The tensor \(name) has the type \(type), which is not read.",
        place: Place(tensor: name),
        remedy: "Convert it to one of: "
          + "\(ScalarType.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let shape: Shape
    do { shape = try Shape(checking: extents) } catch { throw error.at(Place(tensor: name)) }
    return Tensor(
      name: name, scalarType: scalarType, shape: shape, begin: offsets[0], end: offsets[1])
  }
}

/// Reads the JSON of RFC 8259 strictly, as far as a safetensors header needs it: objects, texts,
/// and lists of whole numbers.
///
/// The nesting that the header's grammar allows is all there is, so that no input can go deep.
struct JSONScanner {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads `{ "key": value, … }`, where `member` reads each value.
  mutating func object(
    _ member: (String, inout JSONScanner) throws(RegistryError) -> Void
  ) throws(RegistryError) {
    try expect(UInt8(ascii: "{"))
    if accept(UInt8(ascii: "}")) { return }
    repeat {
      let key = try string()
      try expect(UInt8(ascii: ":"))
      try member(key, &self)
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Reads `[1, 2, …]`.
  mutating func integers(limit: Int) throws(RegistryError) -> [Int] {
    try expect(UInt8(ascii: "["))
    if accept(UInt8(ascii: "]")) { return [] }
    var numbers: [Int] = []
    repeat {
      guard numbers.count < limit else { throw malformed("has a list of more than \(limit)") }
      numbers.append(try integer())
    } while accept(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return numbers
  }

  /// Reads a text with its escapes.
  mutating func string() throws(RegistryError) -> String {
    try expect(UInt8(ascii: "\""))
    var content: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw malformed("holds a text that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): content += Array(String(try escape()).utf8)
      case 0..<0x20: throw malformed("holds a control character in a text")
      default: content.append(byte)
      }
    }
    throw malformed("ends within a text")
  }

  /// Checks that only blanks follow.
  mutating func finish() throws(RegistryError) {
    skipBlanks()
    guard index == bytes.count else { throw malformed("goes on after its end") }
  }

  private mutating func integer() throws(RegistryError) -> Int {
    skipBlanks()
    let start = index
    while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
      index += 1
    }
    let digits = bytes[start..<index]
    guard let number = Int(String(decoding: digits.prefix(20), as: UTF8.self)),
      digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { throw malformed("has something else where a whole number belongs") }
    return number
  }

  private mutating func escape() throws(RegistryError) -> Unicode.Scalar {
    guard index < bytes.count else { throw malformed("ends within a text") }
    let letter = bytes[index]
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let high = try codeUnit()
      if let scalar = Unicode.Scalar(high) { return scalar }
      guard (0xd800..<0xdc00).contains(high), index + 1 < bytes.count,
        bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
      else { throw malformed("holds half a surrogate pair") }
      index += 2
      let low = try codeUnit()
      guard (0xdc00..<0xe000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
      else { throw malformed("holds half a surrogate pair") }
      return scalar
    default: throw malformed("holds an unknown escape")
    }
  }

  private mutating func codeUnit() throws(RegistryError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue,
        bytes[index] < 0x80
      else { throw malformed("holds an unfinished escape") }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }

  private mutating func skipBlanks() {
    while index < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[index]) { index += 1 }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(RegistryError) {
    guard accept(byte) else { throw malformed("lacks a \(Unicode.Scalar(byte))") }
  }

  func malformed(_ complaint: String) -> RegistryError {
    RegistryError(
      .safetensorsHeader, "The header \(complaint).", place: Place(byteOffset: 8 + index),
      remedy: Safetensors.remedy)
  }

  func duplicate(_ key: String) -> RegistryError {
    RegistryError(
      .safetensorsDuplicateKey, "The header names \(key) twice.",
      place: Place(byteOffset: 8 + index), remedy: Safetensors.remedy)
  }
}
