package import Diagnostics
import Tensors

extension RegistryError.Code {
  /// A pickle is not one that Python would read.
  package static let malformedPickle = Self("malformed_pickle", .badInput)
  /// A pickle asks for a function or type other than those that describe tensors.
  package static let forbiddenGlobal = Self("forbidden_global", .badInput)
  /// A pickle has an instruction other than those that build plain data and tensors.
  package static let forbiddenOpcode = Self("forbidden_opcode", .badInput)
  /// A pickle needs more stack or instructions than any state dict does.
  package static let pickleTooComplex = Self("pickle_too_complex", .badInput)
}

/// Reads a pickle (Python's `pickletools` describes the instructions) without running anything.
///
/// It builds plain data and descriptions of tensors. Every other instruction and every other
/// global is refused by name; no input reaches an interpreter.
struct Unpickler {
  static let maximumStack = 1 << 16
  static let maximumInstructions = 1 << 24

  private(set) var cursor: ByteCursor
  var containers: [PickleContainer] = []
  var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// Where the current instruction stands.
  private(set) var instruction = 0

  init(_ storage: ByteStorage, _ range: Range<Int>) {
    cursor = ByteCursor(storage, range, code: .malformedPickle)
  }

  /// Where the pickle ended.
  var offset: Int { cursor.offset }

  /// Reads up to and including the `STOP`.
  ///
  /// - Complexity: O(bytes); memory is a small multiple of the bytes read.
  mutating func load() throws(RegistryError) -> PickleValue {
    stack = []
    marks = []
    memo = [:]
    for _ in 0..<Self.maximumInstructions {
      instruction = cursor.offset
      let opcode = try cursor.byte()
      if opcode == UInt8(ascii: ".") {
        guard stack.count == 1, marks.isEmpty else { throw malformed("leaves more than one value") }
        return try pop()
      }
      try run(opcode)
      guard stack.count <= Self.maximumStack, marks.count <= Self.maximumStack else {
        throw tooComplex("needs a stack of more than \(Self.maximumStack) values")
      }
    }
    throw tooComplex("has more than \(Self.maximumInstructions) instructions")
  }

  private mutating func run(_ opcode: UInt8) throws(RegistryError) {
    switch opcode {
    case 0x80:  // PROTO
      let version = try cursor.byte()
      guard version <= 5 else { throw malformed("has the unknown version \(version)") }
    case 0x95:  // FRAME
      guard try cursor.count64() <= cursor.remaining else {
        throw malformed("has a frame that is longer than the file")
      }
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try cursor.byte())))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try cursor.integer(UInt16.self))))
    case UInt8(ascii: "J"): stack.append(.integer(Int(try cursor.integer(Int32.self))))
    case 0x8a: try pushLong(Int(try cursor.byte()))
    case 0x8b: try pushLong(Int(try cursor.integer(Int32.self)))
    case UInt8(ascii: "G"):
      // The only number in a pickle that is big-endian.
      stack.append(.float(Double(bitPattern: try cursor.integer(UInt64.self).byteSwapped)))
    case UInt8(ascii: "X"), UInt8(ascii: "T"):
      stack.append(.string(try cursor.text(Int(try cursor.integer(UInt32.self)))))
    case 0x8c, UInt8(ascii: "U"): stack.append(.string(try cursor.text(Int(try cursor.byte()))))
    case 0x8d: stack.append(.string(try cursor.text(try cursor.count64())))
    case UInt8(ascii: "]"): push(.list)
    case UInt8(ascii: "}"): push(.dictionary)
    case UInt8(ascii: ")"): push(.tuple)
    case UInt8(ascii: "l"): push(.list, try popToMark())
    case UInt8(ascii: "t"): push(.tuple, try popToMark())
    case UInt8(ascii: "d"): push(.dictionary, try pairs(try popToMark()))
    case 0x85...0x87: push(.tuple, try pop(Int(opcode) - 0x84))
    case UInt8(ascii: "a"): try extend(.list, with: try pop(1))
    case UInt8(ascii: "e"): try extend(.list, with: try popToMark())
    case UInt8(ascii: "s"): try extend(.dictionary, with: try pop(2))
    case UInt8(ascii: "u"): try extend(.dictionary, with: try pairs(try popToMark()))
    case UInt8(ascii: "q"): try remember(at: Int(try cursor.byte()))
    case UInt8(ascii: "r"): try remember(at: Int(try cursor.integer(UInt32.self)))
    case 0x94: try remember(at: memo.count)
    case UInt8(ascii: "h"): try recall(Int(try cursor.byte()))
    case UInt8(ascii: "j"): try recall(Int(try cursor.integer(UInt32.self)))
    case UInt8(ascii: "c"):
      let module = try cursor.line(limit: 1024)
      try pushGlobal(module, try cursor.line(limit: 1024))
    case 0x93:  // STACK_GLOBAL
      guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
        throw malformed("names a global by something else than texts")
      }
      try pushGlobal(module, name)
    case UInt8(ascii: "Q"): stack.append(.storage(try storage(from: try pop())))
    case UInt8(ascii: "R"): try reduce()
    case UInt8(ascii: "b"): try build()
    default:
      throw RegistryError(
        .forbiddenOpcode,
        "The file has the pickle instruction \(Self.name(ofOpcode: opcode)), which no state dict "
          + "needs; refused.",
        place: Place(byteOffset: instruction), remedy: Self.remedy)
    }
  }

  private mutating func pushLong(_ length: Int) throws(RegistryError) {
    guard (0...255).contains(length) else {
      throw malformed("has a whole number of \(length) bytes")
    }
    let range = try cursor.take(length)
    let bytes = cursor.storage.withUnsafeBytes { Array($0[range]) }
    guard bytes.count <= 8 else { return stack.append(.wideInteger(bytes)) }
    var value = (bytes.last ?? 0) & 0x80 == 0 ? 0 : -1
    for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    stack.append(.integer(value))
  }

  private mutating func pushGlobal(_ module: String, _ name: String) throws(RegistryError) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw RegistryError(
        .forbiddenGlobal, "The file asks to run \(Self.printable("\(module).\(name)")); refused.",
        place: Place(byteOffset: instruction), remedy: Self.remedy)
    }
    stack.append(.global(global))
  }

  mutating func push(_ kind: PickleContainer.Kind, _ elements: [PickleValue] = []) {
    stack.append(.container(containers.count))
    containers.append(PickleContainer(kind: kind, elements: elements))
  }

  private mutating func extend(
    _ kind: PickleContainer.Kind, with elements: [PickleValue]
  ) throws(RegistryError) {
    guard case .container(let number) = stack.last, containers[number].kind == kind else {
      throw malformed("adds to something that is no list or dictionary")
    }
    containers[number].elements += elements
  }

  private func pairs(_ elements: [PickleValue]) throws(RegistryError) -> [PickleValue] {
    guard elements.count.isMultiple(of: 2) else { throw malformed("has a key without a value") }
    return elements
  }

  private mutating func remember(at index: Int) throws(RegistryError) {
    guard let value = stack.last else { throw malformed("remembers a value that is not there") }
    memo[index] = value
  }

  private mutating func recall(_ index: Int) throws(RegistryError) {
    guard let value = memo[index] else { throw malformed("recalls a value that is not there") }
    stack.append(value)
  }

  mutating func pop() throws(RegistryError) -> PickleValue { try pop(1)[0] }

  /// The newest values, oldest first; none from below the newest mark.
  private mutating func pop(_ count: Int) throws(RegistryError) -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else {
      throw malformed("takes a value that is not there")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(RegistryError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("lacks a mark") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  func malformed(_ complaint: String) -> RegistryError {
    RegistryError(
      .malformedPickle, "The pickle \(complaint).", place: Place(byteOffset: instruction),
      remedy: Safetensors.remedy)
  }

  private func tooComplex(_ complaint: String) -> RegistryError {
    RegistryError(
      .pickleTooComplex, "The pickle \(complaint).", place: Place(byteOffset: instruction),
      remedy: Self.remedy)
  }

  private static let remedy =
    "If you trust the file, save only its tensors: torch.save(model.state_dict(), path), or "
    + "safetensors.torch.save_file."

  /// Text from the file as it may go to a terminal.
  private static func printable(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(120).map {
        $0.isASCII && $0.value >= 32 && $0.value < 127 ? Character($0) : "?"
      })
  }
}
