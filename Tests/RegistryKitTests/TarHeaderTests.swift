import Foundation
import RegistryKit
import TestSupport
import Testing

struct TarHeaderTests {
  @Test(arguments: [0, 1, 511, 512, 1_000_000, 1 << 33 - 1])
  func `a header states the length, and its sum is right`(byteCount: Int) throws {
    let bytes = TarHeader(path: "images/ab/cd", byteCount: byteCount).bytes
    #expect(bytes.count == 512)
    #expect(TarHeader.statedByteCount(in: bytes) == byteCount)
    let stated = try #require(Int(String(decoding: bytes[148..<154], as: UTF8.self), radix: 8))
    let blank = bytes.enumerated().map { (148..<156).contains($0.offset) ? 32 : Int($0.element) }
    #expect(stated == blank.reduce(0, +))
  }

  @Test func `a length beyond 11 octal digits stands in binary, as Python reads it`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "large.tar")
      try Data(TarHeader(path: "large", byteCount: 1 << 34 + 5).bytes).write(to: file)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        "python3", "-c",
        """
        import sys, tarfile
        info = tarfile.TarInfo.frombuf(open(sys.argv[1], "rb").read(), "utf-8", "strict")
        print(info.name, info.size, oct(info.mode), info.type)
        """, file.path,
      ]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let text = String(
        decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(text == "large \(1 << 34 + 5) 0o644 b'0'\n")
    }
  }
}
