package import Diagnostics
private import Glibc

/// Reads a file, or a pipe, line by line; neither its length nor that of all lines together matters.
package struct LineReader {
  /// The longest line, in bytes.
  package static let maximumLineBytes = 1 << 20

  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false
  /// The number of the line that was read last, from one.
  package private(set) var lineNumber = 0

  /// Reads from an open file, which stays the caller's; `path` names it in messages.
  package init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Whether the next line is here already, so that reading it waits for nobody.
  package var hasLine: Bool { isAtEnd || buffer[start...].contains(UInt8(ascii: "\n")) }

  /// The next line without its line feed; `nil` at the end.
  ///
  /// - Throws: `not_readable`; `line_too_long`.
  package mutating func next() throws(RegistryError) -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        return line(upTo: end, next: end + 1)
      }
      if isAtEnd {
        return start < buffer.count ? line(upTo: buffer.count, next: buffer.count) : nil
      }
      guard buffer.count - start <= Self.maximumLineBytes else {
        throw RegistryError(
          .lineTooLong,
          "Line \(lineNumber + 1) of \(path) is longer than \(Self.maximumLineBytes) bytes.",
          place: Place(file: path, line: lineNumber + 1), remedy: "Break it up.")
      }
      buffer.removeFirst(start)
      start = 0
      searched = buffer.count
      try fill()
    }
  }

  private mutating func line(upTo end: Int, next: Int) -> ArraySlice<UInt8> {
    defer { start = next }
    lineNumber += 1
    return buffer[start..<end]
  }

  private mutating func fill() throws(RegistryError) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(path, errno)
      }
      if count == 0 { isAtEnd = true } else { buffer += chunk[..<count] }
      return
    }
  }
}

extension RegistryError.Code {
  /// A line of a text file is longer than the bound.
  package static let lineTooLong = Self("line_too_long", .badInput)
}
