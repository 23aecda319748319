import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import RegistryCommand

struct TextFileTests {
  @Test func `a file is written, then replaced, and leaves nothing beside it`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "a.svg")
      let first = try TextFile.write("one", to: file.path)
      let second = try TextFile.write("two", to: file.path)
      #expect(!first && second)
      #expect(try String(contentsOf: file, encoding: .utf8) == "two")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.svg"])
    }
  }

  @Test func `what a link leads to is replaced, not the link`() throws {
    try withTemporaryFolder { folder in
      let (file, link) = (folder.appending(path: "a.svg"), folder.appending(path: "link.svg"))
      try Data("old".utf8).write(to: file)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      #expect(try TextFile.write("new", to: link.path))
      #expect(try String(contentsOf: file, encoding: .utf8) == "new")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
    }
  }

  @Test func `a pipe is written to and stays a pipe`() throws {
    try withTemporaryFolder { folder in
      let pipe = folder.appending(path: "pipe").path
      #expect(mkfifo(pipe, 0o600) == 0)
      // Both ends are open, so that writing does not wait for a reader.
      let reader = open(pipe, O_RDWR)
      defer { close(reader) }
      let isReplaced = try TextFile.write("text", to: pipe)
      #expect(!isReplaced)
      var bytes = [UInt8](repeating: 0, count: 4)
      #expect(read(reader, &bytes, 4) == 4)
      #expect(bytes == Array("text".utf8))
      var status = stat()
      #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
  }

  @Test func `a folder that is not there cannot be written to`() throws {
    try withTemporaryFolder { (folder: URL) throws in
      let error = #expect(throws: RegistryError.self) {
        try TextFile.write("text", to: folder.appending(path: "none/a.svg").path)
      }
      #expect(error?.code == .notWritable)
    }
  }
}
