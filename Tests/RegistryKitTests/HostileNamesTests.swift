import Diagnostics
import Foundation
import RegistryKit
import TestSupport
import Testing

/// Names and entries that somebody else may have put into a folder of images, or into its list.
struct HostileNamesTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let photos = folder.appending(path: "photos")
      try FileManager.default.createDirectory(
        at: photos.appending(path: "dog"), withIntermediateDirectories: true)
      try Data([1]).write(to: photos.appending(path: "dog/a.png"))
      try body(photos)
    }
  }

  private func scan(_ folder: URL) throws -> ImageScan {
    try ImageScan(folders: [folder.path], grouping: nil)
  }

  private func names(_ scan: ImageScan) -> [String] {
    scan.candidates.map { $0.path.split(separator: "/").last.map(String.init) ?? "" }
  }

  @Test func `a name that is not UTF-8 is rejected with a reason`() throws {
    try withFolder { folder in
      let path = folder.path + "/dog/"
      let bytes = Array(path.utf8CString.dropLast()) + [CChar(bitPattern: 0xff), 0x2e, 0x70, 0]
      let descriptor = bytes.withUnsafeBufferPointer {
        open($0.baseAddress!, O_CREAT | O_WRONLY, 0o644)
      }
      try #require(descriptor >= 0)
      close(descriptor)
      let scan = try scan(folder)
      #expect(names(scan) == ["a.png"])
      #expect(scan.rejected.map(\.reason) == ["Its name is not UTF-8. Rename it."])
    }
  }

  @Test func `line breaks and quotes in names are taken as they are`() throws {
    try withFolder { folder in
      for name in ["new\nline.png", "quo\"te.png", "tab\t.png", "-dash.png", "\u{1b}[31m.png"] {
        try Data([1]).write(to: folder.appending(path: "dog").appending(path: name))
      }
      let scan = try scan(folder)
      #expect(scan.rejected.isEmpty)
      #expect(Set(names(scan)).isSuperset(of: ["new\nline.png", "quo\"te.png", "\u{1b}[31m.png"]))
    }
  }

  @Test func `pipes, sockets and devices are found and never opened`() throws {
    try withTemporaryFolder { folder in
      let registry = try Registry.made(in: folder)
      let photos = folder.appending(path: "photos/dog")
      try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
      #expect(mkfifo(photos.appending(path: "pipe.png").path, 0o644) == 0)
      try FileManager.default.createSymbolicLink(
        atPath: photos.appending(path: "zero.png").path, withDestinationPath: "/dev/zero")
      try makeSocket(photos.appending(path: "s.png").path)
      let error = #expect(throws: RegistryError.self) {
        try registry.importImages(
          ImageImportRequest(paths: [photos.path], dataset: "d"))
      }
      #expect(error?.code.name == "no_images")
      #expect(error?.message.hasPrefix("3 files were found and none is usable.") == true)
    }
  }

  private func makeSocket(_ path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The path of a socket is short, so it is made beside its place and moved.
    let short = "/tmp/registry-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(result == 0)
    try #require(rename(short, path) == 0)
  }

  @Test func `a link to a folder outside is rejected, a link to a file is followed`() throws {
    try withFolder { folder in
      let outside = folder.deletingLastPathComponent().appending(path: "private/cat")
      try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
      try Data([1]).write(to: outside.appending(path: "b.png"))
      for (link, target) in [
        ("dog/out", outside), ("dog/file.png", outside.appending(path: "b.png")),
        ("dog/inside", folder.appending(path: "dog")),
      ] {
        try FileManager.default.createSymbolicLink(
          at: folder.appending(path: link), withDestinationURL: target)
      }
      let scan = try scan(folder)
      #expect(names(scan) == ["a.png", "file.png"])
      #expect(scan.rejected.count == 1)
      #expect(scan.rejected.first?.reason.contains("outside of") == true)
    }
  }

  @Test func `a link to itself is a file that cannot be read`() throws {
    try withFolder { folder in
      let link = folder.appending(path: "dog/loop.png").path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "loop.png")
      #expect(try names(scan(folder)) == ["a.png", "loop.png"])
    }
  }

  @Test func `a path longer than the system allows is rejected, and the rest is found`() throws {
    try withFolder { folder in
      // Made step by step, since no call takes such a path at once.
      let part = String(repeating: "d", count: 250)
      let start = open(folder.appending(path: "dog").path, O_RDONLY | O_DIRECTORY)
      var current = start
      for _ in 0..<18 {
        try #require(mkdirat(current, part, 0o755) == 0)
        let next = openat(current, part, O_RDONLY | O_DIRECTORY)
        close(current)
        current = next
      }
      close(current)
      let scan = try scan(folder)
      #expect(scan.candidates.first?.path.hasSuffix("a.png") == true)
      let longest = (scan.candidates.map(\.path) + scan.rejected.map(\.path)).map(\.utf8.count)
        .max()
      #expect(longest! > 4000)
    }
  }

  @Test func `a list cannot gather pictures from folders that were not named`() throws {
    try withFolder { folder in
      let secret = folder.deletingLastPathComponent().appending(path: "secret.png")
      try Data([1]).write(to: secret)
      let listing = folder.appending(path: "labels.csv")
      try Data(
        "path,label\ndog/a.png,dog\n../secret.png,dog\ndog/../../secret.png,dog\n\(secret.path),dog\n"
          .utf8
      ).write(to: listing)
      let scan = try ImageScan(listing: listing.path, roots: [folder.path], grouping: nil)
      #expect(names(scan) == ["a.png"])
      #expect(scan.rejected.count == 3)
      #expect(scan.rejected.allSatisfy { $0.reason.contains("outside of the folders") })
      let named = try ImageScan(
        listing: listing.path, roots: [folder.path, folder.deletingLastPathComponent().path],
        grouping: nil)
      #expect(named.candidates.count == 4)
    }
  }
}

extension Registry {
  /// An empty registry below a folder.
  static func made(in folder: URL) throws -> Registry {
    let path = folder.appending(path: ".registry").path
    _ = try initialize(at: path)
    return try Registry(opening: path)
  }
}
