import Diagnostics
import Networks
import Tensors

/// What `torch.save` wrote before PyTorch 1.6: five pickles one after the other (a magic number,
/// the version, the machine, the object, the keys of the storages), then for each key the number
/// of elements and the elements.
enum PyTorchLegacyFile {
  /// `0x1950a86a20f9469cfc6c`, which starts every such file.
  private static let magicNumber: [UInt8] = [
    0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]
  private static let version = 1001

  static func read(_ storage: ByteStorage) throws(RegistryError) -> StateDict {
    var unpickler = Unpickler(storage, 0..<storage.count)
    guard case .wideInteger(magicNumber) = try unpickler.load() else {
      throw RegistryError(
        .malformedPickle, "The file is a pickle, but not one that torch.save wrote.",
        place: Place(byteOffset: 0), remedy: "Give what torch.save wrote, or a safetensors file.")
    }
    guard case .integer(version) = try unpickler.load() else {
      throw unpickler.malformed("has another version than \(version)")
    }
    try checkByteOrder(of: try unpickler.load(), unpickler)
    let checkpoint = try Checkpoint(try unpickler.load(), in: unpickler)
    // Loaded first: a call's receiver is read before its arguments run.
    let keyList = try unpickler.load()
    let keys = try unpickler.elements(of: keyList, "keys of storages")
    var storages: [String: TorchStorage] = [:]
    for (_, tensor) in checkpoint.tensors { storages[tensor.storage.key] = tensor.storage }
    var cursor = ByteCursor(
      storage, unpickler.offset..<storage.count, code: .storageMismatch)
    var places: [String: Range<Int>] = [:]
    for key in keys {
      guard case .string(let name) = key else {
        throw unpickler.malformed("names a storage by \(key.kind)")
      }
      // The width of an element is known only from the tensors that look at it.
      guard let described = storages[name], places[name] == nil else {
        throw RegistryError(
          .storageMismatch,
          "No tensor of the state dict looks at the storage \(name), or two "
            + "storages have that key.",
          place: Place(byteOffset: cursor.offset),
          remedy: "Save only the network's tensors: torch.save(model.state_dict(), path).")
      }
      let start = cursor.offset
      let count = try cursor.count64()
      guard count == described.elementCount else {
        throw RegistryError(
          .storageMismatch,
          "The storage \(name) has \(count) elements where \(described.elementCount) are announced.",
          place: Place(byteOffset: start), remedy: Safetensors.remedy)
      }
      let (length, overflow) = count.multipliedReportingOverflow(
        by: described.scalarType.byteCount)
      places[name] = try cursor.take(overflow ? .max : length)
    }
    guard cursor.remaining == 0 else {
      throw RegistryError(
        .storageMismatch, "The last \(cursor.remaining) bytes of the file belong to no storage.",
        place: Place(byteOffset: cursor.offset), remedy: Safetensors.remedy)
    }
    return try checkpoint.stateDict(from: storage, places: places)
  }

  private static func checkByteOrder(
    of machine: PickleValue, _ unpickler: Unpickler
  ) throws(RegistryError) {
    let elements = try unpickler.elements(of: machine, "facts about the machine")
    for index in stride(from: 0, to: elements.count - 1, by: 2) {
      guard case .string("little_endian") = elements[index] else { continue }
      guard case .bool(true) = elements[index + 1] else {
        throw RegistryError(
          .unsupportedByteOrder, "The file was written on a big-endian machine.",
          remedy: "Save it again on a little-endian machine.")
      }
    }
  }
}
