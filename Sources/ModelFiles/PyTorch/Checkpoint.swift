package import Diagnostics
import Networks
import Tensors

extension RegistryError.Code {
  /// A PyTorch file holds no state dict where one belongs.
  package static let notAStateDict = Self("not_a_state_dict", .badInput)
  /// A PyTorch file does not hold the numbers that its tensors look at.
  package static let storageMismatch = Self("storage_mismatch", .badInput)
  /// A file was written on a big-endian machine.
  package static let unsupportedByteOrder = Self("unsupported_byte_order", .badInput)
}

/// The tensors of what `torch.save` was given: a state dict, or a training checkpoint that has one
/// under `state_dict`, `model_state_dict` or `model`.
struct Checkpoint {
  private static let nestedNames = ["state_dict", "model_state_dict", "model"]

  /// Names without the prefix `module.`, with what each tensor looks at.
  let tensors: [(name: String, tensor: TorchTensor)]

  init(_ value: PickleValue, in unpickler: Unpickler) throws(RegistryError) {
    var members = try Self.members(of: value, unpickler)
    // A checkpoint holds a state dict, which is not looked into any deeper.
    let nested = Self.nestedNames.lazy.compactMap { name in
      members.last { $0.name == name }?.value
    }.first
    if case .container = nested, let nested { members = try Self.members(of: nested, unpickler) }
    var tensors: [(name: String, tensor: TorchTensor)] = []
    for (name, value) in members {
      guard case .tensor(let tensor) = value else {
        throw Self.refused("has \(value.kind) under the name \(name)")
      }
      tensors.append((name, tensor))
    }
    guard !tensors.isEmpty else { throw Self.refused("has no tensors") }
    let prefix = "module."
    if tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) {
      tensors = tensors.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) }
    }
    self.tensors = tensors
  }

  private static func members(
    of value: PickleValue, _ unpickler: Unpickler
  ) throws(RegistryError) -> [(name: String, value: PickleValue)] {
    guard case .container(let number) = value,
      unpickler.containers[number].kind == .dictionary
    else { throw refused("is \(value.kind) instead of a dictionary of tensors") }
    let elements = unpickler.containers[number].elements
    var members: [(name: String, value: PickleValue)] = []
    for index in stride(from: 0, to: elements.count, by: 2) {
      guard case .string(let name) = elements[index] else {
        throw refused("names a tensor by \(elements[index].kind)")
      }
      members.append((name, elements[index + 1]))
    }
    return members
  }

  private static func refused(_ complaint: String) -> RegistryError {
    RegistryError(
      .notAStateDict, "The file \(complaint).",
      remedy: "Save the network's tensors: torch.save(model.state_dict(), path).")
  }

  /// Lends the tensors out of the file, where `places` says for each storage where its numbers
  /// stand.
  ///
  /// Tensors with other strides, or at places that do not suit their type, are copied.
  ///
  /// - Throws: `tensor_out_of_bounds` when the copies would need much more memory than the file.
  func stateDict(
    from storage: ByteStorage, places: [String: Range<Int>]
  ) throws(RegistryError) -> StateDict {
    var copied = 0
    var stateDict = StateDict()
    for (name, tensor) in tensors {
      let type = tensor.storage.scalarType
      guard let place = places[tensor.storage.key],
        place.count == tensor.storage.elementCount * type.byteCount
      else {
        throw RegistryError(
          .storageMismatch,
          "The file does not hold the \(tensor.storage.elementCount) numbers that the tensor "
            + "\(name) looks at.",
          place: Place(tensor: name), remedy: Safetensors.remedy)
      }
      let start = place.lowerBound + tensor.offset * type.byteCount
      let isLent = tensor.isContiguous && start.isMultiple(of: type.byteCount)
      if !isLent {
        copied += tensor.shape.elementCount * type.byteCount
        // Views that share a storage may be copied each, but not without end.
        guard copied <= 4 * storage.count + 1 << 20 else {
          throw RegistryError(
            .tensorOutOfBounds, "The tensors need much more memory than the file has bytes.",
            place: Place(tensor: name), remedy: Safetensors.remedy)
        }
      }
      stateDict[name] =
        tensor.isContiguous
        ? storage.tensor(shape: tensor.shape, scalarType: type, byteOffset: start)
        : tensor.contiguous(from: storage, byteOffset: start)
    }
    return stateDict
  }
}

extension TorchTensor {
  /// The elements in order, copied.
  ///
  /// - Precondition: all elements lie within `source`.
  fileprivate func contiguous(from source: ByteStorage, byteOffset: Int) -> Tensor {
    let size = storage.scalarType.byteCount
    // The innermost axes whose elements follow each other are copied at once: mostly all of them.
    var outerRank = shape.rank
    var run = 1
    while outerRank > 0, strides[outerRank - 1] == run || shape[outerRank - 1] == 1 {
      outerRank -= 1
      run *= shape[outerRank]
    }
    let extents = shape.extents
    let copy = ByteStorage(count: shape.elementCount * size) { target in
      guard !target.isEmpty else { return }
      source.withUnsafeBytes { bytes in
        var index = [Int](repeating: 0, count: outerRank)
        var element = 0
        for position in 0..<target.count / (run * size) {
          let start = byteOffset + element * size
          UnsafeMutableRawBufferPointer(rebasing: target[(position * run * size)...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + run * size]))
          // Counts up like an odometer, from the innermost extent.
          for axis in stride(from: outerRank - 1, through: 0, by: -1) {
            index[axis] += 1
            element += strides[axis]
            if index[axis] < extents[axis] { break }
            element -= extents[axis] * strides[axis]
            index[axis] = 0
          }
        }
      }
    }
    return Tensor(shape: shape, scalarType: storage.scalarType, storage: copy)
  }
}
