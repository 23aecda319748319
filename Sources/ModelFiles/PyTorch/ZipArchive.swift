package import Diagnostics
import Tensors

extension RegistryError.Code {
  /// A zip archive contradicts itself or the file that it is in.
  package static let malformedArchive = Self("malformed_archive", .badInput)
  /// A zip archive holds a compressed or encrypted entry, which PyTorch never writes.
  package static let compressedEntry = Self("compressed_entry", .badInput)
  /// Two entries of a zip archive share bytes.
  package static let overlappingEntries = Self("overlapping_entries", .badInput)
  /// An entry's bytes do not have the checksum that the archive states.
  package static let checksumMismatch = Self("checksum_mismatch", .badInput)
}

/// A zip archive of stored entries (PKWARE's APPNOTE 6.3.9), as `torch.save` writes it, with
/// 64-bit lengths where needed.
struct ZipArchive {
  /// Where the bytes of an entry stand.
  struct Entry {
    let name: String
    let range: Range<Int>
    let checksum: UInt32
  }

  private static let maximumEntries = 1 << 20

  let storage: ByteStorage
  /// By name.
  private(set) var entries: [String: Entry] = [:]

  /// Reads the directory at the end of the archive and compares it with each entry's own header.
  init(_ storage: ByteStorage) throws(RegistryError) {
    self.storage = storage
    let (directory, count) = try Self.directory(of: storage)
    guard count <= Self.maximumEntries, count <= directory.count / 46 else {
      throw Self.malformed(
        "claims \(count) entries in \(directory.count) bytes", at: directory.lowerBound)
    }
    var cursor = ByteCursor(storage, directory, code: .malformedArchive)
    var spans: [Range<Int>] = []
    for _ in 0..<count {
      let (entry, headerOffset) = try Self.entry(&cursor, dataEnd: directory.lowerBound)
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw Self.malformed("has two entries named \(entry.name)", at: headerOffset)
      }
      spans.append(headerOffset..<entry.range.upperBound)
    }
    spans.sort { $0.lowerBound < $1.lowerBound }
    for (left, right) in zip(spans, spans.dropFirst()) where left.upperBound > right.lowerBound {
      throw RegistryError(
        .overlappingEntries, "Two entries of the archive share bytes.",
        place: Place(byteOffset: right.lowerBound), remedy: Self.remedy)
    }
  }

  /// An entry whose checksum was compared with its bytes.
  ///
  /// - Complexity: O(length), since all bytes are read.
  func verified(_ name: String) throws(RegistryError) -> Entry {
    guard let entry = entries[name] else {
      throw RegistryError(
        .malformedArchive, "The archive has no entry \(name).", remedy: Self.remedy)
    }
    let checksum = storage.withUnsafeBytes {
      Checksum.crc32(UnsafeRawBufferPointer(rebasing: $0[entry.range]))
    }
    guard checksum == entry.checksum else {
      throw RegistryError(
        .checksumMismatch, "The bytes of the entry \(name) do not have the archive's checksum.",
        place: Place(byteOffset: entry.range.lowerBound), remedy: Self.remedy)
    }
    return entry
  }

  /// Finds the directory from the record at the end of the file.
  private static func directory(
    of storage: ByteStorage
  ) throws(RegistryError) -> (range: Range<Int>, count: Int) {
    let recordLength = 22
    let earliest = max(0, storage.count - recordLength - 0xffff)
    let end = storage.withUnsafeBytes { bytes -> Int? in
      guard bytes.count >= recordLength else { return nil }
      for offset in stride(from: bytes.count - recordLength, through: earliest, by: -1) {
        let signature = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let comment = bytes.loadUnaligned(fromByteOffset: offset + 20, as: UInt16.self)
        // The comment reaches to the end, or the signature is part of something else.
        if UInt32(littleEndian: signature) == 0x0605_4b50,
          offset + recordLength + Int(UInt16(littleEndian: comment)) == bytes.count
        {
          return offset
        }
      }
      return nil
    }
    guard let end else { throw malformed("has no directory at its end", at: storage.count) }
    var cursor = ByteCursor(storage, end + 4..<storage.count, code: .malformedArchive)
    guard try cursor.integer(UInt32.self) == 0 else {
      throw malformed("is in several parts", at: end)
    }
    _ = try cursor.take(2)
    var count = Int(try cursor.integer(UInt16.self))
    var length = Int(try cursor.integer(UInt32.self))
    var start = Int(try cursor.integer(UInt32.self))
    var limit = end
    if count == 0xffff || length == 0xffff_ffff || start == 0xffff_ffff || hasLocator(storage, end)
    {
      (start, length, count, limit) = try largeDirectory(of: storage, before: end)
    }
    guard start <= limit, length <= limit - start else {
      throw malformed("has a directory outside of the file", at: end)
    }
    return (start..<start + length, count)
  }

  private static func hasLocator(_ storage: ByteStorage, _ end: Int) -> Bool {
    guard end >= 20 else { return false }
    return storage.withUnsafeBytes {
      UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: end - 20, as: UInt32.self))
    } == 0x0706_4b50
  }

  /// The 64-bit record, through its locator in front of the old record.
  private static func largeDirectory(
    of storage: ByteStorage, before end: Int
  ) throws(RegistryError) -> (start: Int, length: Int, count: Int, limit: Int) {
    guard hasLocator(storage, end) else { throw malformed("lacks its 64-bit record", at: end) }
    var locator = ByteCursor(storage, end - 12..<end, code: .malformedArchive)
    let record = try locator.count64()
    guard record <= end - 20, end - 20 - record >= 56 else {
      throw malformed("has its 64-bit record outside of the file", at: end)
    }
    var cursor = ByteCursor(storage, record..<end, code: .malformedArchive)
    guard try cursor.integer(UInt32.self) == 0x0606_4b50 else {
      throw malformed("lacks its 64-bit record", at: record)
    }
    _ = try cursor.take(28)
    let count = try cursor.count64()
    let length = try cursor.count64()
    let start = try cursor.count64()
    return (start, length, count, record)
  }

  /// One line of the directory, with the place of the entry's own header.
  private static func entry(
    _ cursor: inout ByteCursor, dataEnd: Int
  ) throws(RegistryError) -> (Entry, headerOffset: Int) {
    let place = cursor.offset
    guard try cursor.integer(UInt32.self) == 0x0201_4b50 else {
      throw malformed("has a damaged directory", at: place)
    }
    _ = try cursor.take(4)
    let flags = try cursor.integer(UInt16.self)
    let method = try cursor.integer(UInt16.self)
    _ = try cursor.take(4)
    let checksum = try cursor.integer(UInt32.self)
    var compressed = Int(try cursor.integer(UInt32.self))
    var length = Int(try cursor.integer(UInt32.self))
    let nameLength = Int(try cursor.integer(UInt16.self))
    let extraLength = Int(try cursor.integer(UInt16.self))
    let commentLength = Int(try cursor.integer(UInt16.self))
    _ = try cursor.take(8)
    var headerOffset = Int(try cursor.integer(UInt32.self))
    let name = try cursor.text(nameLength)
    var extra = ByteCursor(cursor.storage, try cursor.take(extraLength), code: .malformedArchive)
    _ = try cursor.take(commentLength)
    while extra.remaining >= 4 {
      let tag = try extra.integer(UInt16.self)
      let size = Int(try extra.integer(UInt16.self))
      var field = ByteCursor(extra.storage, try extra.take(size), code: .malformedArchive)
      guard tag == 1 else { continue }
      if length == 0xffff_ffff { length = try field.count64() }
      if compressed == 0xffff_ffff { compressed = try field.count64() }
      if headerOffset == 0xffff_ffff { headerOffset = try field.count64() }
    }
    guard method == 0, flags & 1 == 0 else {
      throw RegistryError(
        .compressedEntry,
        "The entry \(name) is compressed or encrypted; PyTorch stores entries "
          + "as they are.",
        place: Place(byteOffset: place), remedy: "Save the file again with torch.save.")
    }
    guard compressed == length else {
      throw malformed("gives the entry \(name) two lengths, \(compressed) and \(length)", at: place)
    }
    guard headerOffset <= dataEnd else {
      throw malformed("has the entry \(name) outside of the file", at: place)
    }
    let start = try dataStart(
      of: name, at: headerOffset, length: length, in: cursor.storage, dataEnd: dataEnd)
    return (
      Entry(name: name, range: start..<start + length, checksum: checksum), headerOffset
    )
  }

  /// Where an entry's bytes start, behind its own header, which must agree with the directory.
  private static func dataStart(
    of name: String, at headerOffset: Int, length: Int, in storage: ByteStorage, dataEnd: Int
  ) throws(RegistryError) -> Int {
    var header = ByteCursor(storage, headerOffset..<dataEnd, code: .malformedArchive)
    guard try header.integer(UInt32.self) == 0x0403_4b50 else {
      throw malformed("has no entry where the directory says \(name)", at: headerOffset)
    }
    _ = try header.take(2)
    let flags = try header.integer(UInt16.self)
    let method = try header.integer(UInt16.self)
    _ = try header.take(8)
    let compressed = Int(try header.integer(UInt32.self))
    let stated = Int(try header.integer(UInt32.self))
    let nameLength = Int(try header.integer(UInt16.self))
    let extraLength = Int(try header.integer(UInt16.self))
    let ownName = try header.text(nameLength)
    // With flag 3 the lengths follow the data; 64-bit lengths stand in the extra field.
    let knowsLength = flags & 8 == 0 && stated != 0xffff_ffff && compressed != 0xffff_ffff
    guard ownName == name, method == 0, !knowsLength || (stated == length && compressed == length)
    else {
      throw malformed("describes the entry \(name) in two ways", at: headerOffset)
    }
    _ = try header.take(extraLength)
    return try header.take(length).lowerBound
  }

  private static func malformed(_ complaint: String, at offset: Int) -> RegistryError {
    RegistryError(
      .malformedArchive, "The zip archive \(complaint).", place: Place(byteOffset: offset),
      remedy: remedy)
  }

  private static let remedy = Safetensors.remedy
}
