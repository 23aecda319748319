import Diagnostics
import FileSystem
import Foundation
import RegistryKit
import TestSupport
import Testing

struct ImageScanTests {
  private func makeFiles(_ paths: [String], in folder: URL) throws {
    for path in paths {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
  }

  @Test func `the first folder below the named one is the label`() throws {
    try withTemporaryFolder { folder in
      try makeFiles(["dog/a.png", "wolf/pack/b.jpg", "notes.txt", "dog/.hidden.png"], in: folder)
      let scan = try ImageScan(folders: [folder.path], grouping: nil)
      #expect(scan.candidates.map(\.labels) == [["dog"], ["wolf"]])
      #expect(scan.candidates.allSatisfy { $0.split == nil })
      #expect(scan.rejected.isEmpty)
    }
  }

  @Test func `folders named after splits hold the folders of labels`() throws {
    try withTemporaryFolder { folder in
      try makeFiles(["train/dog/a.png", "val/dog/b.png", "test/wolf/c.png"], in: folder)
      let scan = try ImageScan(folders: [folder.path], grouping: nil)
      #expect(scan.candidates.map(\.labels) == [["wolf"], ["dog"], ["dog"]])
      #expect(scan.candidates.map(\.split) == ["test", "train", "validation"])
    }
  }

  @Test func `an image outside of a label's folder is rejected when there are splits`() throws {
    try withTemporaryFolder { folder in
      try makeFiles(["train/dog/a.png", "train/stray.png"], in: folder)
      let scan = try ImageScan(folders: [folder.path], grouping: nil)
      #expect(scan.candidates.count == 1)
      #expect(scan.rejected.map(\.path) == [folder.appending(path: "train/stray.png").path])
    }
  }

  @Test func `images of the named folder itself have its name as label`() throws {
    try withTemporaryFolder { folder in
      try makeFiles(["coyote/a.png", "coyote/b"], in: folder)
      let path = folder.appending(path: "coyote").path
      let scan = try ImageScan(folders: [path], grouping: .folder)
      #expect(scan.candidates.map(\.labels) == [["coyote"], ["coyote"]])
      #expect(scan.candidates.map(\.group) == [path, path])
    }
  }

  @Test func `a link to a folder above does not go round for ever`() throws {
    try withTemporaryFolder { folder in
      try makeFiles(["dog/a.png"], in: folder)
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "dog/again"), withDestinationURL: folder)
      let scan = try ImageScan(folders: [folder.path], grouping: nil)
      #expect(scan.candidates.count == 1)
    }
  }

  @Test func `a path that leads nowhere is an error that names it`() {
    let error = #expect(throws: RegistryError.self) {
      try ImageScan(folders: ["/nonexistent/photos"], grouping: nil)
    }
    #expect(error?.code == .noSuchFile)
    #expect(error?.place == .file("/nonexistent/photos"))
  }

  @Test func `a device is no image`() {
    let error = #expect(throws: RegistryError.self) {
      try FileSystemEntries.bytes(of: "/dev/null", limit: 10)
    }
    #expect(error?.code == .notAFile)
  }

  @Test func `a file above the bound is refused before it is read`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "big").path
      try Data(count: 11).write(to: URL(filePath: file))
      let error = #expect(throws: RegistryError.self) {
        try FileSystemEntries.bytes(of: file, limit: 10)
      }
      #expect(error?.code == .fileTooLarge)
      #expect(try FileSystemEntries.bytes(of: file, limit: 11).count == 11)
    }
  }
}
