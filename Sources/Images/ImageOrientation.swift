/// The EXIF orientation of a JPEG file: 1 to 8, 1 where the file does not say.
///
/// Reads the segments before the first scan and, in the one that begins with `Exif`, the first
/// directory of the TIFF structure (EXIF 2.3, 4.6.2). Whatever is out of bounds counts as unsaid.
package func orientation(ofJPEG bytes: UnsafeRawBufferPointer) -> Int {
  var position = 2
  while position + 4 <= bytes.count, bytes[position] == 0xff {
    let marker = bytes[position + 1]
    guard marker != 0xda, marker != 0xd9 else { break }
    let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
    guard length >= 2, position + 2 + length <= bytes.count else { break }
    if marker == 0xe1, length > 8,
      bytes[position + 4..<position + 10].elementsEqual([0x45, 0x78, 0x69, 0x66, 0, 0])
    {
      let segment = bytes[position + 10..<position + 2 + length]
      return orientation(ofTIFF: UnsafeRawBufferPointer(rebasing: segment))
    }
    position += 2 + length
  }
  return 1
}

private func orientation(ofTIFF bytes: UnsafeRawBufferPointer) -> Int {
  guard bytes.count >= 8 else { return 1 }
  let isLittleEndian = bytes[0] == 0x49
  func number(_ offset: Int, _ size: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    let part = bytes[offset..<offset + size]
    return isLittleEndian
      ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
  }
  guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else {
    return 1
  }
  for index in 0..<count {
    let entry = directory + 2 + 12 * index
    guard let tag = number(entry, 2) else { return 1 }
    if tag == 0x0112, let value = number(entry + 8, 2), (1...8).contains(value) { return value }
  }
  return 1
}
