internal import Tensors

/// Writes a state dict as `torch.save` pickles one: an ordered dictionary of tensors, whose numbers lie
/// in files of their own.
///
/// Only the opcodes and globals are used that `torch.load` allows with `weights_only=True`. The opcodes
/// are those of protocol 2, from Python's `pickletools`.
struct StateDictPickle {
  private(set) var bytes: [UInt8] = [0x80, 2]

  /// - Parameter tensors: the names, types and shapes; the numbers of tensor *n* lie in `data/n`.
  init(_ tensors: [(name: String, scalarType: ScalarType, shape: Shape)]) {
    orderedDictionary()
    mark()
    for (index, tensor) in tensors.enumerated() {
      text(tensor.name)
      self.tensor(index, tensor.scalarType, tensor.shape)
    }
    bytes.append(UInt8(ascii: "u"))
    bytes.append(UInt8(ascii: "."))
  }

  /// `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`.
  private mutating func tensor(_ index: Int, _ scalarType: ScalarType, _ shape: Shape) {
    global("torch._utils", "_rebuild_tensor_v2")
    mark()
    mark()
    text("storage")
    global("torch", scalarType.storageName)
    text("\(index)")
    text("cpu")
    integer(shape.elementCount)
    endTuple()
    bytes.append(UInt8(ascii: "Q"))  // The storage is found by this tuple.
    integer(0)
    tuple(shape.extents)
    var strides: [Int] = []
    var stride = 1
    for extent in shape.extents.reversed() {
      strides.append(stride)
      stride *= max(extent, 1)
    }
    tuple(strides.reversed())
    bytes.append(0x89)  // False: no gradient is asked for.
    orderedDictionary()
    endTuple()
    bytes.append(UInt8(ascii: "R"))
  }

  private mutating func orderedDictionary() {
    global("collections", "OrderedDict")
    bytes += Array(")R".utf8)
  }

  private mutating func global(_ module: String, _ name: String) {
    bytes += Array("c\(module)\n\(name)\n".utf8)
  }

  private mutating func mark() { bytes.append(UInt8(ascii: "(")) }
  private mutating func endTuple() { bytes.append(UInt8(ascii: "t")) }

  private mutating func tuple(_ values: [Int]) {
    mark()
    for value in values { integer(value) }
    endTuple()
  }

  private mutating func text(_ text: String) {
    bytes.append(UInt8(ascii: "X"))
    bytes.append(littleEndian: UInt32(text.utf8.count))
    bytes += text.utf8
  }

  private mutating func integer(_ value: Int) {
    if let small = Int32(exactly: value) {
      bytes.append(UInt8(ascii: "J"))
      bytes.append(littleEndian: small)
    } else {
      bytes += [0x8a, 8]
      bytes.append(littleEndian: Int64(value))
    }
  }
}

extension ScalarType {
  /// The class of PyTorch that stands for a storage of the type.
  fileprivate var storageName: String {
    switch self {
    case .float64: "DoubleStorage"
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }
}

extension [UInt8] {
  /// Adds an integer's bytes, the lowest first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
