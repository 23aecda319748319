import Diagnostics
import Networks
import Tensors

/// What `torch.save` writes since PyTorch 1.6: a zip archive with a folder that holds the pickle
/// `data.pkl`, the numbers of each storage under `data/`, and the `byteorder`.
enum PyTorchArchive {
  static func read(_ storage: ByteStorage) throws(RegistryError) -> StateDict {
    let archive = try ZipArchive(storage)
    let pickles = archive.entries.keys.filter { $0.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let name = pickles.first else {
      throw RegistryError(
        .notAStateDict, "The zip archive has \(pickles.count) entries data.pkl instead of one.",
        remedy: "Give what torch.save wrote, or a safetensors file.")
    }
    let folder = String(name.dropLast("data.pkl".count))
    if archive.entries["\(folder)byteorder"] != nil {
      let range = try archive.verified("\(folder)byteorder").range
      guard storage.withUnsafeBytes({ $0[range].elementsEqual("little".utf8) }) else {
        throw RegistryError(
          .unsupportedByteOrder, "The file was written on a big-endian machine.",
          place: Place(byteOffset: range.lowerBound),
          remedy: "Save it again on a little-endian machine.")
      }
    }
    var unpickler = Unpickler(storage, try archive.verified(name).range)
    let checkpoint = try Checkpoint(try unpickler.load(), in: unpickler)
    var places: [String: Range<Int>] = [:]
    for key in Set(checkpoint.tensors.map(\.tensor.storage.key)) {
      places[key] = try archive.verified("\(folder)data/\(key)").range
    }
    return try checkpoint.stateDict(from: storage, places: places)
  }
}
