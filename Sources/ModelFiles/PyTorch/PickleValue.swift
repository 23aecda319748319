import Tensors

/// A value that a pickle may build here: plain data, and tensors by their description.
///
/// Containers are kept by their number in the ``Unpickler``, not inside one another, so that deep
/// or circular data can neither exhaust the stack nor memory.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// A whole number of more than 64 bits, little-endian in two's complement.
  case wideInteger([UInt8])
  case float(Double)
  case string(String)
  case container(Int)
  case global(PickleGlobal)
  case storage(TorchStorage)
  case tensor(TorchTensor)

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .integer, .wideInteger: "a whole number"
    case .float: "a number"
    case .string: "a text"
    case .container: "a list or dictionary"
    case .global(let global): global.name
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// What a container is; the elements of dictionaries are keys and values in turn.
struct PickleContainer {
  enum Kind {
    case list
    case tuple
    case dictionary
  }

  let kind: Kind
  var elements: [PickleValue] = []
}

/// The functions and types that a pickle may name: none of them runs, each stands for a tensor's
/// description.
enum PickleGlobal: Hashable {
  case orderedDictionary
  case rebuildTensor
  case rebuildTensorV2
  case rebuildParameter
  case storageType(ScalarType)

  /// The value for a name, `nil` for everything that is refused.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", _):
      guard let type = Self.storageTypes[name] else { return nil }
      self = .storageType(type)
    default: return nil
    }
  }

  private static let storageTypes: [String: ScalarType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]

  var name: String {
    switch self {
    case .orderedDictionary: "collections.OrderedDict"
    case .rebuildTensor: "torch._utils._rebuild_tensor"
    case .rebuildTensorV2: "torch._utils._rebuild_tensor_v2"
    case .rebuildParameter: "torch._utils._rebuild_parameter"
    case .storageType(let type): "a storage of \(type.rawValue)"
    }
  }
}

/// A run of numbers that tensors look at, by its key in the file.
struct TorchStorage: Hashable {
  let key: String
  let scalarType: ScalarType
  let elementCount: Int
}

/// A view of a storage; offset and strides count elements.
struct TorchTensor: Hashable {
  let storage: TorchStorage
  let offset: Int
  let shape: Shape
  let strides: [Int]

  /// Whether the elements stand one behind the other.
  var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape.extents, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }
}
