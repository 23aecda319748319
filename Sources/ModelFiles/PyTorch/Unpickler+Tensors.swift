package import Diagnostics
private import Tensors

extension RegistryError.Code {
  /// A tensor reaches outside of the numbers that it looks at, or claims more than there are.
  package static let tensorOutOfBounds = Self("tensor_out_of_bounds", .badInput)
}

extension Unpickler {
  /// Stands in for a call: only calls that describe tensors or make an empty dictionary are known.
  mutating func reduce() throws(RegistryError) {
    let arguments = try elements(of: try pop(), "arguments")
    guard case .global(let function) = try pop() else {
      throw malformed("calls something that is no function")
    }
    switch function {
    case .orderedDictionary:
      var pairs: [PickleValue] = []
      // Python 2 passes a list of pairs; Python 3 adds them afterwards.
      if let list = arguments.first {
        for pair in try elements(of: list, "pairs") {
          let parts = try elements(of: pair, "pair")
          guard parts.count == 2 else { throw malformed("has a key without a value") }
          pairs += parts
        }
      }
      push(.dictionary, pairs)
    case .rebuildTensor:
      guard arguments.count == 4 else { throw malformed("describes a tensor incompletely") }
      stack.append(.tensor(try tensor(arguments)))
    case .rebuildTensorV2:
      // Behind the first four: whether it wants gradients, its hooks, and metadata.
      guard (6...7).contains(arguments.count) else {
        throw malformed("describes a tensor incompletely")
      }
      stack.append(.tensor(try tensor(arguments)))
    case .rebuildParameter:
      guard case .tensor(let tensor) = arguments.first, arguments.count == 3 else {
        throw malformed("describes a parameter without a tensor")
      }
      stack.append(.tensor(tensor))
    case .storageType:
      throw malformed("calls \(function.name)")
    }
  }

  /// Passes over the attributes that PyTorch attaches to a state dict, such as `_metadata`.
  mutating func build() throws(RegistryError) {
    _ = try elements(of: try pop(), "attributes")
    guard case .container(let number) = stack.last, containers[number].kind == .dictionary else {
      throw malformed("attaches attributes to something else than a dictionary")
    }
  }

  /// The run of numbers that a persistent id stands for: the tuple `('storage', type, key,
  /// location, count)`, in old files with a view behind.
  func storage(from id: PickleValue) throws(RegistryError) -> TorchStorage {
    let parts = try elements(of: id, "storage")
    guard parts.count == 5 || parts.count == 6, case .string("storage") = parts[0],
      case .global(.storageType(let type)) = parts[1], case .string(let key) = parts[2],
      case .string = parts[3], case .integer(let count) = parts[4], count >= 0
    else { throw malformed("describes a storage incompletely") }
    if parts.count == 6 {
      guard case .none = parts[5] else { throw malformed("has a view of a storage") }
    }
    return TorchStorage(key: key, scalarType: type, elementCount: count)
  }

  private func tensor(_ arguments: [PickleValue]) throws(RegistryError) -> TorchTensor {
    guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1] else {
      throw malformed("describes a tensor without a storage")
    }
    let extents = try integers(arguments[2])
    let strides = try integers(arguments[3])
    guard extents.count == strides.count else {
      throw malformed("gives a tensor \(extents.count) extents and \(strides.count) strides")
    }
    let shape: Shape
    do { shape = try Shape(checking: extents) } catch {
      throw error.at(Place(byteOffset: instruction))
    }
    // The farthest element; a stride is never negative in PyTorch.
    var last = offset
    var overflows = offset < 0 || strides.contains { $0 < 0 }
    for (extent, stride) in zip(extents, strides) where shape.elementCount > 0 {
      let (distance, tooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, tooLarge) = last.addingReportingOverflow(distance)
      overflows = overflows || tooFar || tooLarge
      last = sum
    }
    // More elements than the storage has would multiply memory without bound.
    let isInside =
      shape.elementCount == 0 ? offset <= storage.elementCount : last < storage.elementCount
    guard !overflows, isInside, shape.elementCount <= storage.elementCount else {
      throw RegistryError(
        .tensorOutOfBounds,
        "A tensor of shape \(shape) with strides \(strides) from element \(offset) does not lie "
          + "in its storage of \(storage.elementCount) elements.",
        place: Place(byteOffset: instruction), remedy: Safetensors.remedy)
    }
    return TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private func integers(_ value: PickleValue) throws(RegistryError) -> [Int] {
    var numbers: [Int] = []
    for element in try elements(of: value, "extents") {
      guard case .integer(let number) = element else {
        throw malformed("has something else where a whole number belongs")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The elements of a container.
  func elements(of value: PickleValue, _ term: String) throws(RegistryError) -> [PickleValue] {
    guard case .container(let number) = value else {
      throw malformed("has \(value.kind) where \(term) belong")
    }
    return containers[number].elements
  }

  /// Python's name of an instruction that is not carried out.
  static func name(ofOpcode opcode: UInt8) -> String {
    let names: [UInt8: String] = [
      0x81: "NEWOBJ", 0x92: "NEWOBJ_EX", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4",
      0x8e: "BINBYTES8",
      0x8f: "EMPTY_SET", 0x90: "ADDITEMS", 0x91: "FROZENSET", 0x96: "BYTEARRAY8",
      0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER", UInt8(ascii: "2"): "DUP",
      UInt8(ascii: "B"): "BINBYTES", UInt8(ascii: "C"): "SHORT_BINBYTES",
      UInt8(ascii: "F"): "FLOAT",
      UInt8(ascii: "I"): "INT", UInt8(ascii: "L"): "LONG", UInt8(ascii: "P"): "PERSID",
      UInt8(ascii: "S"): "STRING", UInt8(ascii: "V"): "UNICODE", UInt8(ascii: "g"): "GET",
      UInt8(ascii: "i"): "INST", UInt8(ascii: "o"): "OBJ", UInt8(ascii: "p"): "PUT",
    ]
    return names[opcode] ?? "0x" + String(opcode, radix: 16)
  }
}
