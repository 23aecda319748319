package import Diagnostics
package import Networks
private import Tensors

/// Where everything will stand in a file as `torch.save` writes it: a zip archive, nothing of it
/// compressed, with the pickled state dict and a file for each tensor.
///
/// As in PyTorch's own files every tensor starts at a multiple of 64 bytes, for which the extra field of
/// the entry before it is filled up. The layout of zip archives is that of PKWARE's APPNOTE.TXT.
package struct PyTorchLayout: ModelFileLayout, Sendable {
  private static let alignment = 64
  /// The folder that all entries are in.
  private static let folder = "archive"
  /// Without the extension for larger ones, an archive ends before this byte and has fewer entries.
  private static let maximumByteCount = Int(UInt32.max)
  private static let maximumEntryCount = Int(UInt16.max)

  package private(set) var pieces: [ModelFilePiece] = []
  package private(set) var byteCount = 0
  private var directory: [UInt8] = []
  private var entryCount = 0

  /// The layout for the tensors of a state dict.
  ///
  /// - Throws: `output_too_large` for 4 GiB or more, or 65,532 tensors or more.
  /// - Complexity: O(bytes): each entry's checksum stands before it.
  package init(_ stateDict: StateDict) throws(RegistryError) {
    let total = stateDict.entries.reduce(0) { $0 + $1.tensor.byteCount + 1024 }
    guard total < Self.maximumByteCount, stateDict.entries.count + 3 < Self.maximumEntryCount else {
      throw RegistryError(
        .outputTooLarge,
        "The model has \(total) bytes in \(stateDict.entries.count) tensors; a PyTorch file holds "
          + "4 GiB in 65,531.", remedy: "Write it with --format safetensors.")
    }
    let pickle = StateDictPickle(
      stateDict.entries.map { ($0.name, $0.tensor.scalarType, $0.tensor.shape) })
    append("data.pkl", pickle.bytes)
    append("byteorder", Array("little".utf8))
    for (index, entry) in stateDict.entries.enumerated() {
      let checksum = entry.tensor.withUnsafeBytes(Checksum.crc32)
      appendHeader("data/\(index)", checksum, entry.tensor.byteCount)
      append(.tensor(entry.name), entry.tensor.byteCount)
    }
    append("version", Array("3\n".utf8))
    appendDirectory()
  }

  private mutating func append(_ name: String, _ bytes: [UInt8]) {
    appendHeader(name, bytes.withUnsafeBytes(Checksum.crc32), bytes.count)
    append(.bytes(bytes), bytes.count)
  }

  private mutating func append(_ piece: ModelFilePiece, _ count: Int) {
    pieces.append(piece)
    byteCount += count
  }

  /// The local header of an entry, and its record in the directory.
  private mutating func appendHeader(_ name: String, _ checksum: UInt32, _ count: Int) {
    let name = Array("\(Self.folder)/\(name)".utf8)
    let fixed = 30 + name.count + 4
    let padding = (Self.alignment - (byteCount + fixed) % Self.alignment) % Self.alignment
    var common: [UInt8] = []
    for value in [UInt16(0x0800), 0, 0, 0x21] { common.append(littleEndian: value) }
    for value in [checksum, UInt32(count), UInt32(count)] { common.append(littleEndian: value) }
    common.append(littleEndian: UInt16(name.count))

    var header: [UInt8] = Array("PK\u{3}\u{4}".utf8)
    header.append(littleEndian: UInt16(20))
    header += common
    header.append(littleEndian: UInt16(4 + padding))
    header += name
    header += Array("FB".utf8)
    header.append(littleEndian: UInt16(padding))
    header += [UInt8](repeating: UInt8(ascii: "Z"), count: padding)

    directory += Array("PK\u{1}\u{2}".utf8)
    for value in [UInt16(20), 20] { directory.append(littleEndian: value) }
    directory += common
    // No extra field and no comment; disk 0; no attributes.
    directory += [UInt8](repeating: 0, count: 12)
    directory.append(littleEndian: UInt32(byteCount))
    directory += name
    entryCount += 1
    append(.bytes(header), header.count)
  }

  private mutating func appendDirectory() {
    var end: [UInt8] = Array("PK\u{5}\u{6}".utf8)
    for value in [UInt16(0), 0, UInt16(entryCount), UInt16(entryCount)] {
      end.append(littleEndian: value)
    }
    for value in [UInt32(directory.count), UInt32(byteCount)] { end.append(littleEndian: value) }
    end.append(littleEndian: UInt16(0))
    append(.bytes(directory + end), directory.count + end.count)
    directory = []
  }
}
